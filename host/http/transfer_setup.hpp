// Sets the options of a transfer that depend only on its target.
#pragma once

#include <optional>
#include <string>

#include "http/certificate_observer.hpp"
#include "http/client_options.hpp"
#include "http/curl_handles.hpp"
#include "http/dial_guard.hpp"
#include "http/message.hpp"

namespace berth::http {

// Hop: the target of one transfer.
struct Hop {
  std::string url;
  Origin origin;                      // of `url`
  const base::Secret* authorization;  // not owned; nullptr: none, or not for this target
  AddressPolicy addresses;
  std::optional<Proxy> proxy;
  const HostTls* tls;  // not owned; nullptr without TLS
};

// Sets URL, protocol, timeout of the connection, and route (a socket, a proxy, or a direct
// connection that `guard` checks). `easy` keeps references to `guard`.
void set_route(CURL* easy, const Hop& hop, const ClientOptions& options, DialGuard& guard);
// Sets what is trusted, and the client certificate. `verify`: false accepts any certificate. `easy`
// keeps references to `certificate` and `tls`.
void set_tls(CURL* easy, const HostTls& tls, bool verify, CertificateObserver& certificate);
// Returns the headers of `request`, with the authorization of `hop`.
CurlList request_headers(const Request& request, const Hop& hop);
void add_header(CurlList& headers, const std::string& line);

}  // namespace berth::http
