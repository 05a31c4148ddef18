// What is known about a transfer that failed, and the failure that follows from it. Values.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "http/certificate_observer.hpp"
#include "http/proxy.hpp"
#include "http/trust_store.hpp"

namespace berth::http {

struct TransportFailure {
  base::Error error;
  // Total number of attempts for the request; 1 if another attempt cannot help.
  int attempts = 1;
  bool unsent = false;  // no connection was made, so nothing of the request was sent
};

struct TransportFacts {
  CURLcode code = CURLE_OK;
  std::string detail;  // libcurl's error buffer
  long os_errno = 0;
  // X509_V_…, as OpenSSL reported it to CertificateObserver, else CURLINFO_SSL_VERIFYRESULT.
  // libcurl's own code for a certificate that fails verification depends on libcurl's version.
  long certificate_check = 0;
  SeenCertificate certificate;
  bool client_certificate_asked =
      false;                     // requested in this handshake, and nothing was received since
  const HostTls* tls = nullptr;  // nullptr: no TLS
  const Proxy* proxy = nullptr;  // nullptr: none
  bool connected = true;         // a TCP connection was made, to the proxy if there is one
  long proxy_status = 0;         // CURLINFO_HTTP_CONNECTCODE
  long proxy_error = 0;          // CURLINFO_PROXY_ERROR, for SOCKS
  long proxy_auth = 0;  // CURLINFO_PROXYAUTH_AVAIL: methods accepted by a proxy that sent 407
  std::chrono::milliseconds elapsed{};
};

}  // namespace berth::http
