// Converts failures of libcurl and OpenSSL to errors. The cause is what was observed, the fix is for that cause.
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
  // Total number of attempts for the request; 1 if another attempt cannot help.
  int attempts = 1;
  bool unsent = false;  // no connection was made, so nothing of the request was sent
};

struct TransportFacts {
  CURLcode code = CURLE_OK;
  std::string detail;  // libcurl's error buffer
  long os_errno = 0;
  // X509_V_…, as OpenSSL reported it to CertificateWatch, else CURLINFO_SSL_VERIFYRESULT. libcurl's own code for a
  // certificate that fails verification depends on libcurl's version.
  long certificate_check = 0;
  SeenCertificate certificate;
  bool client_certificate_asked = false;  // requested in this handshake, and nothing was received since
  const HostTls* tls = nullptr;           // nullptr: no TLS
  const Proxy* proxy = nullptr;           // nullptr: none
  bool connected = true;                  // a TCP connection was made, to the proxy if there is one
  long proxy_status = 0;                  // CURLINFO_HTTP_CONNECTCODE
  long proxy_error = 0;                   // CURLINFO_PROXY_ERROR, for SOCKS
  long proxy_auth = 0;                    // CURLINFO_PROXYAUTH_AVAIL: methods accepted by a proxy that sent 407
  std::chrono::milliseconds elapsed{};
};

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options);

// Returns whether the response to the TLS handshake was not TLS.
bool is_plain_response(const TransportFacts& facts);

// Returns the error for a server that requested a client certificate and then closed the connection: most servers do
// not send a reason.
base::Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where);

// Returns the error for a TLS failure with `where`; std::nullopt if something else failed. Class network; codes
// "http.plain", "http.tls-version", "http.client-certificate", "http.tls"; for the server's certificate
// "http.certificate-expired", "-not-yet-valid", "-host", "-self-signed", "-issuer", "-weak", or "http.certificate".
std::optional<base::Error> describe_tls_failure(const TransportFacts& facts, const std::string& where);

// Returns the failure with or at the proxy; std::nullopt if something else failed. Class network (stall for a
// timeout); codes "http.proxy-unreachable", "http.proxy-scheme" (its protocol is not the one in the variable),
// "http.proxy-auth", "http.proxy" (it refused or failed to connect).
std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts, const std::string& where);

// Returns the error for a host at an address that the request may not connect to. Class server, code "http.address".
base::Error wrong_address(const Origin& origin, AddressKind kind);

}  // namespace berth::http
