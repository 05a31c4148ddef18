#include "http/trust_store.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/escape.hpp"
#include "base/files.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLargestBundle = std::size_t{4} << 20U;
constexpr std::size_t kLargestFile = std::size_t{256} << 10U;

Error unusable(const char* code, std::string_view prefix, const std::string& path, std::string cause) {
  return Error(ErrorClass::network, code,
               fmt::format("{}{} cannot be used as a file of certificates", prefix, base::escape(path)))
      .cause(std::move(cause))
      .fix("name a file of certificates in PEM form");
}

// Adds every certificate of a PEM text; how many there were.
int add_certificates(X509_STORE* store, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      &BIO_free);
  if (!bio) throw std::bad_alloc();
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) {
    const std::unique_ptr<X509, decltype(&X509_free)> owner(certificate, &X509_free);
    count += X509_STORE_add_cert(store, certificate);
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return count;
}

base::Result<void> add_file(X509_STORE* store, const std::string& path, std::size_t limit, const char* code,
                            std::string_view prefix = {}) {
  const auto pem = base::read_file(path, limit);
  if (!pem) return unusable(code, prefix, path, pem.error().cause());
  if (add_certificates(store, *pem) == 0) return unusable(code, prefix, path, "it holds no certificate");
  return {};
}

// Where libcurl was built to look.
void add_system(X509_STORE* store) {
  const auto* about = curl_version_info(CURLVERSION_NOW);
  if (about->cainfo == nullptr && about->capath == nullptr) X509_STORE_set_default_paths(store);
  if (about->cainfo != nullptr) X509_STORE_load_file(store, about->cainfo);
  if (about->capath != nullptr) X509_STORE_load_path(store, about->capath);
  ERR_clear_error();  // a system without them trusts nobody
}

X509Store shared(const X509Store& store) {
  X509_STORE_up_ref(store.get());
  return X509Store(store.get());
}

std::string in_words(const TrustPlaces& places, const Tls& tls, const HostCertificates& own) {
  std::string words = "the system's store";
  if (!places.file.empty() || !places.folders.empty())
    words = fmt::format("{}{}{}", base::escape(places.file),
                        places.file.empty() || places.folders.empty() ? "" : " nor in ", base::escape(places.folders));
  if (!tls.ca_file.empty()) words += " nor in " + base::escape(tls.ca_file);
  if (!own.folder.empty()) words += " nor in " + base::escape(own.folder);
  return words;
}

}  // namespace

void X509StoreDeleter::operator()(x509_store_st* store) const { X509_STORE_free(store); }

TrustStores::TrustStores(Tls tls, TrustPlaces places) : tls_(std::move(tls)), places_(std::move(places)) {}
TrustStores::~TrustStores() = default;

base::Result<X509Store> TrustStores::common_store() const {
  X509Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  // A certificate that was put there is trusted, whoever signed it.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  if (places_.file.empty() && places_.folders.empty()) add_system(store.get());
  if (!places_.file.empty())
    BERTH_CHECK(add_file(store.get(), places_.file, kLargestBundle, "http.ca-file", "SSL_CERT_FILE: "));
  if (!places_.folders.empty()) X509_STORE_load_path(store.get(), places_.folders.c_str());
  if (!tls_.ca_file.empty()) BERTH_CHECK(add_file(store.get(), tls_.ca_file, kLargestBundle, "http.ca-file"));
  return store;
}

base::Result<HostTls> TrustStores::load(const Origin& origin) {
  BERTH_TRY(const auto own, find_host_certificates(places_.hosts, origin));
  HostTls host;
  const bool given = !tls_.client_certificate.empty() || !tls_.client_key.empty();
  host.client_certificate = given ? tls_.client_certificate : own.client_certificate;
  host.client_key = given ? tls_.client_key : own.client_key;
  host.trusted = in_words(places_, tls_, own);
  host.place = own.folder;
  if (host.place.empty() && !places_.hosts.empty()) host.place = places_.hosts.front() + "/" + host_folder_name(origin);
  if (!tls_.verify) return host;
  if (own.authorities.empty()) {
    if (!common_) {
      BERTH_TRY(common_, common_store());
    }
    host.store = shared(common_);
    return host;
  }
  BERTH_TRY(host.store, common_store());
  for (const auto& path : own.authorities) BERTH_CHECK(add_file(host.store.get(), path, kLargestFile, "http.certs-d"));
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
