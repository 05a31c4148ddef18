#include "http/certificate_watch.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

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

std::string host_names(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  constexpr int kMostNames = 8;
  std::string list;
  for (int i = 0; names && i < std::min(kMostNames, sk_GENERAL_NAME_num(names.get())); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    list += list.empty() ? "" : ", ";
    list.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return list;
}

}  // namespace

struct CertificateCallbacks {
  static CURLcode on_context(CURL*, void* context, void* watch) noexcept {
    auto* ctx = static_cast<SSL_CTX*>(context);
    SSL_CTX_set_app_data(ctx, watch);
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), &CertificateCallbacks::on_certificate);
    return CURLE_OK;
  }

  // Looks on: the verdict stays OpenSSL's.
  static int on_certificate(int verdict, X509_STORE_CTX* store) noexcept {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* watch = ssl != nullptr ? static_cast<CertificateWatch*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))) : nullptr;
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (watch == nullptr || certificate == nullptr) return verdict;
    const bool servers_own = X509_STORE_CTX_get_error_depth(store) == 0;
    if (verdict == 0 || servers_own) watch->issuer_ = text_of(X509_get_issuer_name(certificate));
    if (servers_own) watch->names_ = host_names(certificate);
    return verdict;
  }
};

void CertificateWatch::attach(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CertificateCallbacks::on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

}  // namespace berth::http
