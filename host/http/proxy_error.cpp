#include <fmt/format.h>

#include "base/escape.hpp"
#include "http/transport_error.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

Error refused_login(const TransportFacts& facts, const std::string& where) {
  const Proxy& proxy = *facts.proxy;
  const bool given = !proxy.username.empty();
  return Error(ErrorClass::network, "http.proxy-auth",
               fmt::format("the proxy {} {}", proxy.url, given ? "refused the login" : "wants a login"))
      .cause(given ? fmt::format("it answered {} to user {} of {}, on the way to {}", facts.proxy_status,
                                 base::quote(proxy.username, 80), proxy.variable, where)
                   : fmt::format("it answered {}, on the way to {}; {} holds no user name", facts.proxy_status, where,
                                 proxy.variable))
      .fix(fmt::format("{}={}", proxy.variable,
                       std::string(proxy.url).insert(proxy.url.find("://") + 3, "USER:PASSWORD@")));
}

Error unreachable_proxy(const TransportFacts& facts, const std::string& where, std::string cause) {
  return Error(ErrorClass::network, "http.proxy-unreachable",
               fmt::format("the proxy {} cannot be reached", facts.proxy->url))
      .cause(std::move(cause))
      .fix(fmt::format("check {}; NO_PROXY lists what is reached without: {}", facts.proxy->variable, where));
}

// Before it has answered to CONNECT, TLS is spoken with the proxy itself.
bool is_tls_to_proxy(const TransportFacts& facts) {
  return facts.proxy->url.starts_with("https:") && facts.proxy_status == 0;
}

}  // namespace

std::optional<TransportFailure> describe_proxy_failure(const TransportFacts& facts, const std::string& where) {
  if (facts.proxy == nullptr) return std::nullopt;
  const auto detail = base::escape(facts.detail.empty() ? curl_easy_strerror(facts.code) : facts.detail);
  // Some answer 401 to a wrong password, as an origin would. Source: tinyproxy 1.11.
  if (facts.proxy_status == 407 || facts.proxy_status == 401) return TransportFailure{refused_login(facts, where), 1};
  if (facts.code == CURLE_PROXY || facts.proxy_status >= 300) {
    // 5xx: it tried, and may fare better.
    return TransportFailure{Error(ErrorClass::network, "http.proxy",
                                  fmt::format("the proxy {} does not let through to {}", facts.proxy->url, where))
                                .cause(detail)
                                .fix(fmt::format("check {} and NO_PROXY, and that {} may be reached from there",
                                                 facts.proxy->variable, where)),
                            facts.proxy_status >= 500 ? 2 : 1};
  }
  if (facts.code == CURLE_COULDNT_RESOLVE_PROXY)
    return TransportFailure{unreachable_proxy(facts, where, "the resolver does not know its name"), 1};
  if (facts.code == CURLE_COULDNT_CONNECT)
    return TransportFailure{
        unreachable_proxy(facts, where,
                          facts.os_errno != 0 ? base::errno_text(static_cast<int>(facts.os_errno)) : detail),
        2};
  if (is_tls_to_proxy(facts) && describe_tls_failure(facts, where))
    return TransportFailure{unreachable_proxy(facts, where, "no TLS connection to it: " + detail), 1};
  return std::nullopt;
}

}  // namespace berth::http
