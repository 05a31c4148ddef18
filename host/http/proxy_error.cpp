#include "http/proxy_error.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/escape.hpp"
#include "http/curl_library.hpp"
#include "http/tls_error.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

// Returns the assignment that fixes the variable, with another scheme unless `scheme` is nullptr.
std::string setting(const Proxy& proxy, const char* scheme = nullptr) {
  const auto end = proxy.url.find("://");
  const std::string used = scheme != nullptr ? scheme : proxy.url.substr(0, end);
  return fmt::format("{}={}://{}{}", proxy.variable, used,
                     proxy.username.empty() ? "" : "USER:PASSWORD@", proxy.url.substr(end + 3));
}

std::string without_port(const std::string& where) {
  const auto colon = where.rfind(':');
  return where.ends_with(']') ? where : where.substr(0, colon);
}

// Returns the methods in CURLINFO_PROXYAUTH_AVAIL that berth does not support.
std::string other_methods(long available) {
  std::string names;
  const std::pair<unsigned long, const char*> methods[] = {
      {CURLAUTH_NTLM, "NTLM"}, {CURLAUTH_NEGOTIATE, "Negotiate"}, {CURLAUTH_DIGEST, "Digest"}};
  for (const auto& [bit, name] : methods)
    if ((static_cast<unsigned long>(available) & bit) != 0)
      names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

Error login_failed(const TransportFacts& facts, const std::string& where) {
  const Proxy& proxy = *facts.proxy;
  auto make = [&](const char* problem, std::string cause) {
    return Error(ErrorClass::network, "http.proxy-auth",
                 fmt::format("proxy {} {}", proxy.url, problem))
        .cause(std::move(cause));
  };
  const auto others = other_methods(facts.proxy_auth);
  const bool basic = (static_cast<unsigned long>(facts.proxy_auth) & CURLAUTH_BASIC) != 0;
  if (!basic && !others.empty())
    return make("requires an unsupported authentication scheme",
                fmt::format("it accepts only {}; berth supports Basic", others))
        .fix(fmt::format(
            "run a local proxy that authenticates to it (cntlm, px), and name that in {}",
            proxy.variable));
  const auto status =
      facts.proxy_status != 0 ? fmt::format("it responded {}", facts.proxy_status) : "SOCKS";
  const std::string login =
      std::string(proxy.url).insert(proxy.url.find("://") + 3, "USER:PASSWORD@");
  auto error =
      proxy.username.empty()
          ? make("requires authentication", fmt::format("{} on the way to {}; {} has no user name",
                                                        status, where, proxy.variable))
          : make("rejected the credentials",
                 fmt::format("{} on the way to {}, for user {} from {}", status, where,
                             base::quote(proxy.username, 80), proxy.variable));
  return std::move(error).fix(fmt::format("{}={}{}", proxy.variable, login, kEncodePassword));
}

Error unreachable_proxy(const TransportFacts& facts, const std::string& where, std::string cause) {
  return Error(ErrorClass::network, "http.proxy-unreachable",
               fmt::format("cannot connect to proxy {}", facts.proxy->url))
      .cause(std::move(cause))
      .fix(fmt::format("check {}; if {} is reachable without it: NO_PROXY={}",
                       facts.proxy->variable, where, without_port(where)));
}

// The proxy's protocol is not the one in its variable.
Error wrong_scheme(const TransportFacts& facts, const char* problem, std::string cause,
                   std::string fix) {
  return Error(ErrorClass::network, "http.proxy-scheme",
               fmt::format("proxy {} {}", facts.proxy->url, problem))
      .cause(std::move(cause))
      .fix(std::move(fix));
}

bool is_socks(const Proxy& proxy) { return proxy.url.starts_with("socks"); }

// A TLS handshake before the response to CONNECT is with the proxy.
bool is_tls_to_proxy(const TransportFacts& facts) {
  return facts.proxy->url.starts_with("https:") && facts.proxy_status == 0;
}

std::optional<TransportFailure> tls_failure_at_proxy(const TransportFacts& facts,
                                                     const std::string& where) {
  if (!is_tls_to_proxy(facts)) return std::nullopt;
  if (is_plain_response(facts))
    return TransportFailure{
        wrong_scheme(facts, "is not serving TLS", "it uses plain HTTP, as most proxies do",
                     "write http: " + setting(*facts.proxy, "http")),
        1};
  TransportFacts direct = facts;
  direct.proxy = nullptr;
  const auto failure = describe_tls_failure(direct, "proxy " + facts.proxy->url);
  if (!failure) return std::nullopt;
  return TransportFailure{
      unreachable_proxy(facts, where, failure->message() + ": " + failure->cause()), 1};
}

// Handles CURLINFO_PROXY_ERROR of SOCKS.
std::optional<TransportFailure> socks_failure(const TransportFacts& facts, const std::string& where,
                                              const std::string& detail) {
  switch (facts.proxy_error) {
    case CURLPX_BAD_VERSION:
    case CURLPX_CLOSED:
    case CURLPX_RECV_CONNECT:
    case CURLPX_UNKNOWN_FAIL:
      return TransportFailure{wrong_scheme(facts, "did not respond as a SOCKS proxy", detail,
                                           "check scheme and port; for an HTTP proxy: " +
                                               setting(*facts.proxy, "http")),
                              1};
    case CURLPX_NO_AUTH:
    case CURLPX_USER_REJECTED:
    case CURLPX_RECV_AUTH:
      return TransportFailure{login_failed(facts, where), 1};
    case CURLPX_RESOLVE_HOST:
      return TransportFailure{
          Error(ErrorClass::network, "http.proxy", "unknown host " + without_port(where))
              .cause("with socks5 this machine resolves names, and it does not know this one")
              .fix("let the proxy resolve it: " + setting(*facts.proxy, "socks5h")),
          1};
    default:
      return std::nullopt;
  }
}

// 5xx: the proxy tried to connect; another attempt may succeed.
TransportFailure refused_by_proxy(const TransportFacts& facts, const std::string& where,
                                  const std::string& detail) {
  const Proxy& proxy = *facts.proxy;
  const bool tried = facts.proxy_status >= 500 || (is_socks(proxy) && facts.proxy_status == 0);
  auto error =
      Error(ErrorClass::network, "http.proxy",
            fmt::format("proxy {} {} {}", proxy.url,
                        tried ? "cannot connect to" : "does not permit", where))
          .cause(detail)
          .fix(fmt::format("have the proxy of {} {} {}; if it is reachable without: NO_PROXY={}",
                           proxy.variable, tried ? "reach" : "permit", where, without_port(where)));
  return {std::move(error), facts.proxy_status >= 500 ? 2 : 1};
}

// A TCP connection to the proxy was made, but the response was not HTTP.
std::optional<TransportFailure> not_a_proxy(const TransportFacts& facts,
                                            const std::string& detail) {
  if (facts.proxy_status != 0 || is_socks(*facts.proxy)) return std::nullopt;
  if (facts.code != CURLE_UNSUPPORTED_PROTOCOL && facts.code != CURLE_WEIRD_SERVER_REPLY)
    return std::nullopt;
  return TransportFailure{
      wrong_scheme(facts, "did not respond as an HTTP proxy", detail,
                   fmt::format("check scheme and port in {}: http, https, socks5, socks5h",
                               facts.proxy->variable)),
      1};
}

TransportFailure proxy_timeout(const TransportFacts& facts, const std::string& where) {
  const auto within = fmt::format("within {} ms", facts.elapsed.count());
  return {Error(ErrorClass::stall, "http.proxy-timeout",
                fmt::format("proxy {} timed out", facts.proxy->url))
              .cause(facts.connected ? fmt::format("no connection to {} {}", where, within)
                                     : "no connection to it " + within)
              .fix(fmt::format("check {}; if {} is reachable without it: NO_PROXY={}",
                               facts.proxy->variable, where, without_port(where))),
          2};
}

}  // namespace

std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts,
                                                       const std::string& where) {
  if (facts.proxy == nullptr) return std::nullopt;
  const auto detail =
      base::escape(facts.detail.empty() ? curl().easy_strerror(facts.code) : facts.detail);
  // Some proxies respond to a wrong password with 401, like an origin server. Source:
  // tinyproxy 1.11.
  if (facts.proxy_status == 407 || facts.proxy_status == 401)
    return TransportFailure{login_failed(facts, where), 1};
  if (auto socks = facts.code == CURLE_PROXY ? socks_failure(facts, where, detail) : std::nullopt)
    return socks;
  if (facts.code == CURLE_PROXY || facts.proxy_status >= 300)
    return refused_by_proxy(facts, where, detail);
  if (facts.code == CURLE_COULDNT_RESOLVE_PROXY)
    return TransportFailure{unreachable_proxy(facts, where, "the resolver does not know its name"),
                            1};
  if (facts.code == CURLE_COULDNT_CONNECT)
    return TransportFailure{
        unreachable_proxy(
            facts, where,
            facts.os_errno != 0 ? base::errno_text(static_cast<int>(facts.os_errno)) : detail),
        2};
  if (facts.code == CURLE_OPERATION_TIMEDOUT) return proxy_timeout(facts, where);
  if (auto failure = not_a_proxy(facts, detail)) return failure;
  return tls_failure_at_proxy(facts, where);
}

}  // namespace berth::http
