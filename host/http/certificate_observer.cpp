#include "http/certificate_observer.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace berth::http {
namespace {

std::string text_of(X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::string text_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (!bio || ASN1_TIME_print(bio.get(), time) != 1) return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::string text_of(const ASN1_OCTET_STRING& address) {
  const int family = ASN1_STRING_length(&address) == 4 ? AF_INET : AF_INET6;
  char text[INET6_ADDRSTRLEN] = "";
  if (family == AF_INET || ASN1_STRING_length(&address) == 16)
    ::inet_ntop(family, ASN1_STRING_get0_data(&address), text, sizeof text);
  return text;
}

std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_IPADD) return text_of(*name.d.iPAddress);
  if (name.type != GEN_DNS) return {};
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
          static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))};
}

std::string host_names(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  constexpr int kMaxNames = 8;
  std::string list;
  for (int i = 0; names && i < std::min(kMaxNames, sk_GENERAL_NAME_num(names.get())); ++i) {
    const auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) list += (list.empty() ? "" : ", ") + text;
  }
  return list;
}

}  // namespace

struct CertificateCallbacks {
  static CURLcode on_context(CURL*, void* context, void* watch) noexcept {
    auto* ctx = static_cast<SSL_CTX*>(context);
    SSL_CTX_set_app_data(ctx, watch);
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), &CertificateCallbacks::on_certificate);
    SSL_CTX_set_cert_cb(ctx, &CertificateCallbacks::on_client_certificate, watch);
    // A later handshake would use a destroyed watch. Only TLS 1.2 renegotiates, and no registry
    // client allows it.
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    if (auto* store = static_cast<CertificateObserver*>(watch)->host_->store.get();
        store != nullptr)
      SSL_CTX_set1_cert_store(ctx, store);
    return CURLE_OK;
  }

  static CertificateObserver* watch_of(const SSL* ssl) {
    return ssl != nullptr
               ? static_cast<CertificateObserver*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))
               : nullptr;
  }

  // Only observes: returns OpenSSL's verdict unchanged.
  static int on_certificate(int verdict, X509_STORE_CTX* store) noexcept {
    auto* watch = watch_of(
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (watch == nullptr || certificate == nullptr) return verdict;
    const bool servers_own = X509_STORE_CTX_get_error_depth(store) == 0;
    SeenCertificate& seen = watch->seen_;
    if (servers_own) seen.names = host_names(certificate);
    if (auto* chain = X509_STORE_CTX_get0_untrusted(store); chain != nullptr)
      seen.sent = sk_X509_num(chain);
    if (verdict == 0) seen.error = X509_STORE_CTX_get_error(store);
    if (verdict != 0 && !servers_own) return verdict;
    seen.issuer = text_of(X509_get_issuer_name(certificate));
    seen.begins = text_of(X509_get0_notBefore(certificate));
    seen.ends = text_of(X509_get0_notAfter(certificate));
    seen.of_signer = !servers_own;
    return verdict;
  }

  // Called if the server requests a client certificate. 1: continue with the configured one, if
  // any.
  static int on_client_certificate(SSL*, void* watch) noexcept {
    static_cast<CertificateObserver*>(watch)->client_certificate_asked_ = true;
    return 1;
  }
};

void CertificateObserver::attach(CURL* easy, const HostTls& host) {
  host_ = &host;
  curl().easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CertificateCallbacks::on_context);
  curl().easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

}  // namespace berth::http
