// Which proxy a request goes through: the environment's variables, read as Go's programs (docker, podman, crane) read
// them, so that libcurl's own reading, which differs, never decides.
// - HTTPS_PROXY for https, HTTP_PROXY for http, else ALL_PROXY; the lower-case names where the upper-case ones are
// empty.
//   HTTP_PROXY alone is ignored where REQUEST_METHOD is set: a CGI program's client chooses it.
// - NO_PROXY: "*", or hosts apart by commas or spaces. example.com is that host and all below it, .example.com and
//   *.example.com only those below; addresses and networks (10.0.0.0/8) match literals; each but a network may carry a
//   port. Loopback hosts never go through a proxy.
// Source: golang.org/x/net/http/httpproxy; ALL_PROXY: curl(1).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/origin.hpp"

namespace berth::http {

// One scheme's proxy, and the variable that names it. The value may hold a password: it is never shown.
struct ProxyVariable {
  std::string name;
  std::string value;  // empty: none
};

// What the environment says. The default: no proxies.
struct ProxyVariables {
  ProxyVariable https;
  ProxyVariable http;
  std::string no_proxy;

  static ProxyVariables from(const std::function<std::optional<std::string>(std::string_view)>& environment);
};

struct Proxy {
  std::string url;       // "http://proxy.example:3128", without user information
  std::string variable;  // "HTTPS_PROXY"
  std::string username;  // empty: none
  base::Secret password;
};

// Whether NO_PROXY, or being this machine, keeps `origin` from proxies.
bool goes_direct(std::string_view no_proxy, const Origin& origin);

// Nothing: no proxy. http, https, socks5 and socks5h proxies; http where the value has no scheme.
// Class network, code "http.proxy-url", naming the variable.
base::Result<std::optional<Proxy>> proxy_for(const ProxyVariables& variables, const Origin& origin);

}  // namespace berth::http
