// Selects the proxy of a request from environment variables, by the rules of Go programs (docker,
// podman, crane). libcurl's own rules differ and are disabled.
// - HTTPS_PROXY for https, HTTP_PROXY for http, else ALL_PROXY; the lower-case names if the
// upper-case ones are empty.
//   HTTP_PROXY is ignored if REQUEST_METHOD is set: a CGI program's client chooses it.
// - NO_PROXY: "*", or hosts separated by commas or spaces. example.com is that host and all below
// it, .example.com and
//   *.example.com only those below; addresses and networks (10.0.0.0/8) match literals; each but a
//   network may carry a port. Loopback hosts never go through a proxy.
// More lenient than Go: white space and quotation marks around a value are dropped, and a password
// may contain "@", "/" and "#" unencoded. Source: golang.org/x/net/http/httpproxy; ALL_PROXY:
// curl(1).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/origin.hpp"

namespace berth::http {

// The proxy of one scheme and the variable that sets it. The value may contain a password: it is
// never shown.
struct ProxyVariable {
  std::string name;
  std::string value;  // empty: none
};

// The values of the environment variables. Default: no proxies.
struct ProxyVariables {
  ProxyVariable https;
  ProxyVariable http;
  std::string no_proxy;

  static ProxyVariables from(
      const std::function<std::optional<std::string>(std::string_view)>& environment);
};

struct Proxy {
  std::string url;       // "http://proxy.example:3128", without user information
  std::string variable;  // "HTTPS_PROXY"
  std::string username;  // empty: none
  base::Secret password;
};

// End of a fix for a value that contains a password.
inline constexpr std::string_view kEncodePassword =
    "; percent-encode special characters of the password: % as %25, @ as %40, # as %23, / as %2F";

// Returns whether `origin` is reached without a proxy: it matches NO_PROXY or is a loopback host.
bool goes_direct(std::string_view no_proxy, const Origin& origin);

// Returns the proxy for `origin`; std::nullopt if none is used. Supports http, https, socks5 and
// socks5h; http if the value has no scheme. Class network, code "http.proxy-url", naming the
// variable.
base::Result<std::optional<Proxy>> proxy_for(const ProxyVariables& variables, const Origin& origin);

}  // namespace berth::http
