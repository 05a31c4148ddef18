// What libcurl reports, in the words of the person whose push it was.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "http/certificate_watch.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"

namespace berth::http {

struct TransportFailure {
  base::Error error;
  // How often the whole request may be tried: 1 where another attempt cannot help.
  int attempts = 1;
  bool unsent = false;  // no connection was made, so that nothing of the request was sent
};

struct TransportFacts {
  CURLcode code = CURLE_OK;
  std::string detail;  // libcurl's error buffer
  long os_errno = 0;
  long certificate_check = 0;  // CURLINFO_SSL_VERIFYRESULT
  SeenCertificate certificate;
  bool client_certificate_asked = false;  // in this handshake, and nothing else was heard since
  const HostTls* tls = nullptr;           // null: no TLS
  const Proxy* proxy = nullptr;           // null: none
  long proxy_status = 0;                  // CURLINFO_HTTP_CONNECTCODE
  std::chrono::milliseconds elapsed{};
};

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options);

// A server that asked for a client certificate and then went away: most do not say why.
base::Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where);

// What went wrong in TLS with `where`; nothing: something else did. Class network; codes "http.plain",
// "http.tls-version", "http.client-certificate", "http.tls", and of the server's certificate
// "http.certificate-expired",
// "-not-yet-valid", "-host", "-self-signed", "-issuer", "-weak", or "http.certificate" alone.
std::optional<base::Error> describe_tls_failure(const TransportFacts& facts, const std::string& where);

// What went wrong with or at the proxy; nothing: something else did. Class network; codes "http.proxy-unreachable",
// "http.proxy-auth", "http.proxy".
std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts, const std::string& where);

// A host at an address where a request may not be led. Class server, code "http.address".
base::Error wrong_address(const Origin& origin, AddressKind kind);

}  // namespace berth::http
