#include "http/trust_store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "http/curl_library.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxBundleSize = std::size_t{4} << 20U;
constexpr std::size_t kMaxCertificateFileSize = std::size_t{256} << 10U;

Error unusable(const char* code, const std::string& path, std::string cause) {
  return Error(ErrorClass::network, code,
               fmt::format("cannot read certificates from {}", base::escape(path)))
      .cause(std::move(cause))
      .fix("specify a PEM file of CA certificates");
}

X509* read_der(const std::string& bytes) {
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
  return d2i_X509(nullptr, &begin, static_cast<long>(bytes.size()));
}

// Adds the certificates of a PEM text, or that of a DER file; returns their number.
int add_certificates(X509_STORE* store, const std::string& bytes) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free);
  if (!bio) throw std::bad_alloc();
  int count = 0;
  auto add = [&](X509* certificate) {
    const std::unique_ptr<X509, decltype(&X509_free)> owner(certificate, &X509_free);
    if (certificate != nullptr) count += X509_STORE_add_cert(store, certificate);
    return certificate != nullptr;
  };
  while (add(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr))) {
  }
  if (count == 0) add(read_der(bytes));
  ERR_clear_error();  // OpenSSL reports the end of the text as an error
  return count;
}

constexpr const char* kNoCertificate = "it contains no certificate";

base::Result<void> add_file(X509_STORE* store, const std::string& path, std::size_t limit,
                            const char* code, base::Pipes pipes = base::Pipes::refused) {
  const auto pem = base::read_file(path, limit, pipes);
  if (!pem) return unusable(code, path, pem.error().cause());
  if (add_certificates(store, *pem) == 0) return unusable(code, path, kNoCertificate);
  return {};
}

void add_problem(std::string& problems, const std::string& path, const std::string& problem) {
  problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", base::escape(path), problem);
}

// An unusable SSL_CERT_FILE is ignored, as in Go and most programs: it may be a leftover.
void add_chosen_file(X509_STORE* store, const std::string& path, std::string& problems) {
  const auto added = add_file(store, path, kMaxBundleSize, "http.ca-file");
  if (!added) add_problem(problems, "SSL_CERT_FILE " + path, added.error().cause());
}

// OpenSSL finds certificates by the hash in their file's name; Go reads all files, here both are
// supported.
void add_chosen_directories(X509_STORE* store, const std::string& directories) {
  constexpr int kMaxFiles = 4000;
  X509_STORE_load_path(store, directories.c_str());
  int left = kMaxFiles;
  for (std::size_t begin = 0; begin < directories.size();) {
    const auto end = std::min(directories.find(':', begin), directories.size());
    boost::system::error_code error;
    boost::filesystem::directory_iterator entry(directories.substr(begin, end - begin), error);
    for (; !error && entry != boost::filesystem::directory_iterator() && left > 0;
         entry.increment(error), --left)
      if (const auto bytes = base::read_file(entry->path().string(), kMaxCertificateFileSize))
        add_certificates(store, *bytes);
    begin = end + 1;
  }
}

// Adds the default locations that libcurl was built with. SSL_CERT_FILE replaces only the file and
// SSL_CERT_DIR only the directory, as in OpenSSL and Go.
void add_system(X509_STORE* store, const TrustPlaces& places, std::string& problems) {
  const auto* about = curl().version_info(CURLVERSION_NOW);
  const char* file = about->cainfo != nullptr ? about->cainfo : X509_get_default_cert_file();
  const char* directory = about->capath != nullptr ? about->capath : X509_get_default_cert_dir();
  if (places.file.empty()) X509_STORE_load_file(store, file);
  if (!places.file.empty()) add_chosen_file(store, places.file, problems);
  if (places.directorys.empty()) X509_STORE_load_path(store, directory);
  if (!places.directorys.empty()) add_chosen_directories(store, places.directorys);
  ERR_clear_error();  // a system without certificates trusts no CA
}

// Rejects special files. libcurl opens the file and explains other problems, but would block on a
// pipe.
base::Result<void> check_not_special(const std::string& path) {
  const auto file = base::open_for_reading(path);
  if (file || file.error().code() != "file.special") return {};
  return Error(ErrorClass::network, "http.client-certificate", file.error().message())
      .cause(file.error().cause());
}

X509Store shared(const X509Store& store) {
  X509_STORE_up_ref(store.get());
  return X509Store(store.get());
}

std::string describe_trusted(const TrustPlaces& places, const Tls& tls,
                             const HostCertificates& own) {
  std::vector<std::string> trusted{"the system trust store"};
  if (!places.file.empty()) trusted.push_back("SSL_CERT_FILE " + base::escape(places.file));
  if (!places.directorys.empty())
    trusted.push_back("SSL_CERT_DIR " + base::escape(places.directorys));
  if (!places.file.empty() && !places.directorys.empty()) trusted.erase(trusted.begin());
  if (!tls.ca_file.empty()) trusted.push_back(base::escape(tls.ca_file));
  if (!own.directory.empty()) trusted.push_back(base::escape(own.directory));
  return fmt::format("{}", fmt::join(trusted, " or "));
}

}  // namespace

void X509StoreDeleter::operator()(x509_store_st* store) const { X509_STORE_free(store); }

TrustStores::TrustStores(Tls tls, TrustPlaces places)
    : tls_(std::move(tls)), places_(std::move(places)) {}
TrustStores::~TrustStores() = default;

base::Result<void> check_certificate_file(const std::string& path) {
  struct stat status {};
  // A pipe can be read only once: that is left to the handshake.
  if (::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) return {};
  const X509Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  return add_file(store.get(), path, kMaxBundleSize, "http.ca-file");
}

base::Result<X509Store> TrustStores::common_store() {
  X509Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  // An explicitly installed certificate is trusted, whatever signed it.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  problems_.clear();
  add_system(store.get(), places_, problems_);
  if (!tls_.ca_file.empty())
    BERTH_CHECK(
        add_file(store.get(), tls_.ca_file, kMaxBundleSize, "http.ca-file", base::Pipes::allowed));
  return store;
}

base::Result<HostTls> TrustStores::load(const Origin& origin) {
  BERTH_TRY(const auto own, find_host_certificates(places_.hosts, origin));
  HostTls host;
  const bool given = !tls_.client_certificate.empty() || !tls_.client_key.empty();
  host.client_certificate = given ? tls_.client_certificate : own.client_certificate;
  host.client_key = given ? tls_.client_key : own.client_key;
  for (const auto& path : {host.client_certificate, host.client_key})
    if (!path.empty()) BERTH_CHECK(check_not_special(path));
  host.trusted = describe_trusted(places_, tls_, own);
  host.place = own.directory;
  if (host.place.empty() && !places_.hosts.empty())
    host.place = places_.hosts.front() + "/" + host_directory_name(origin);
  if (!tls_.verify) return host;
  if (own.authorities.empty()) {
    if (!common_) {
      BERTH_TRY(common_, common_store());
    }
    host.store = shared(common_);
    host.problems = problems_;
    return host;
  }
  BERTH_TRY(host.store, common_store());
  host.problems = problems_;
  for (const auto& path : own.authorities) {
    const auto added = add_file(host.store.get(), path, kMaxCertificateFileSize, "http.certs-d");
    if (added) continue;
    // docker and podman also ignore a file without a certificate, but not an unreadable one.
    if (added.error().cause() != kNoCertificate) return added.error().clone();
    add_problem(host.problems, path, kNoCertificate);
  }
  return host;
}

base::Result<const HostTls*> TrustStores::of(const Origin& origin) {
  const std::lock_guard lock(mutex_);
  const auto known = hosts_.find(origin.str());
  if (known != hosts_.end()) return &known->second;
  BERTH_TRY(auto host, load(origin));
  return &hosts_.emplace(origin.str(), std::move(host)).first->second;
}

}  // namespace berth::http
