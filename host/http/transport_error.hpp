// Errors for what libcurl and OpenSSL report: the cause is what was observed, the fix is for that cause.
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
  // X509_V_…, as OpenSSL reported it to CertificateWatch, else CURLINFO_SSL_VERIFYRESULT: which of libcurl's codes a
  // certificate that cannot be verified gets depends on libcurl's version.
  long certificate_check = 0;
  SeenCertificate certificate;
  bool client_certificate_asked = false;  // in this handshake, and nothing else was heard since
  const HostTls* tls = nullptr;           // null: no TLS
  const Proxy* proxy = nullptr;           // null: none
  bool connected = true;                  // a TCP connection was made, to the proxy if there is one
  long proxy_status = 0;                  // CURLINFO_HTTP_CONNECTCODE
  long proxy_error = 0;                   // CURLINFO_PROXY_ERROR, of SOCKS
  long proxy_auth = 0;                    // CURLINFO_PROXYAUTH_AVAIL: what a proxy accepts that sent 407
  std::chrono::milliseconds elapsed{};
};

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options);

// Whether the response to the TLS handshake was not TLS.
bool is_plain_response(const TransportFacts& facts);

// A server that requested a client certificate and then closed the connection: most do not send a reason.
base::Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where);

// What failed in TLS with `where`; std::nullopt if something else did. Class network; codes "http.plain",
// "http.tls-version", "http.client-certificate", "http.tls", and of the server's certificate
// "http.certificate-expired",
// "-not-yet-valid", "-host", "-self-signed", "-issuer", "-weak", or "http.certificate" alone.
std::optional<base::Error> describe_tls_failure(const TransportFacts& facts, const std::string& where);

// What failed with or at the proxy; std::nullopt if something else did. Class network (stall for a timeout); codes
// "http.proxy-unreachable", "http.proxy-scheme" (it uses another protocol than the variable names), "http.proxy-auth",
// "http.proxy" (it refused or failed to connect).
std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts, const std::string& where);

// A host at an address that the request is not allowed to reach. Class server, code "http.address".
base::Error wrong_address(const Origin& origin, AddressKind kind);

}  // namespace berth::http
