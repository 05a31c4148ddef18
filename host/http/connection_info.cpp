#include "http/connection_info.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <memory>

namespace berth::http {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string written(const Bio& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::string name_written(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  return written(bio);
}

std::string time_written(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (!bio || ASN1_TIME_print(bio.get(), time) != 1) return {};
  return written(bio);
}

std::chrono::microseconds passed(CURL* easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl().easy_getinfo(easy, what, &microseconds);
  return std::chrono::microseconds(microseconds);
}

}  // namespace

void record_handshake(CURL* easy, ConnectionInfo& facts) {
  curl_tlssessioninfo* session = nullptr;
  if (curl().easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr)
    return;
  if (session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) return;
  const auto* ssl = static_cast<const SSL*>(session->internals);
  facts.tls_version = SSL_get_version(ssl);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl),
                                                                &X509_free);
  if (!certificate) return;
  facts.subject = name_written(X509_get_subject_name(certificate.get()));
  facts.issuer = name_written(X509_get_issuer_name(certificate.get()));
  facts.expires = time_written(X509_get0_notAfter(certificate.get()));
}

void see_connection(CURL* easy, ConnectionInfo& facts) {
  const char* address = nullptr;
  curl().easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
  if (address != nullptr) facts.address = address;
  long port = 0;
  curl().easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  facts.port = static_cast<int>(port);
  const auto none = std::chrono::microseconds(0);
  const auto named = passed(easy, CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = passed(easy, CURLINFO_CONNECT_TIME_T);
  facts.name = named;
  facts.connection = std::max(connected - named, none);
  facts.handshake = std::max(passed(easy, CURLINFO_APPCONNECT_TIME_T) - connected, none);
}

}  // namespace berth::http
