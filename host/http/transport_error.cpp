#include "http/transport_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/escape.hpp"
#include "http/curl_library.hpp"
#include "http/proxy_error.hpp"
#include "http/tls_error.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr const char* kMaybeHttps = "if it serves TLS: --set tls=true";

std::string place(const Origin& origin, const ClientOptions& options) {
  if (!options.unix_socket.empty()) return options.unix_socket;
  const bool own_port = origin.port() == (origin.tls() ? 443 : 80);
  return own_port ? origin.host() : fmt::format("{}:{}", origin.host(), origin.port());
}

Error unreachable(const TransportFacts& facts, const std::string& where,
                  const ClientOptions& options) {
  std::string cause = facts.os_errno != 0 ? base::errno_text(static_cast<int>(facts.os_errno))
                                          : base::escape(facts.detail);
  Error error = Error(ErrorClass::network, "http.unreachable", "cannot connect to " + where)
                    .cause(fmt::format("{} after {} ms", cause, facts.elapsed.count()));
  if (!options.unix_socket.empty()) return error;
  return std::move(error).fix("check that the registry is running and listens on this port");
}

Error not_http(const Origin& origin, const std::string& where, const std::string& detail) {
  Error error = Error(ErrorClass::server, "http.not-http", where + " did not respond with HTTP")
                    .cause(detail);
  return origin.tls() ? std::move(error) : std::move(error).fix(kMaybeHttps);
}

}  // namespace

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin,
                                  const ClientOptions& options) {
  const std::string where = place(origin, options);
  const int attempts = options.limits.attempts;
  const int connect_attempts = std::min(attempts, options.limits.connect_attempts);
  const std::string detail =
      base::escape(facts.detail.empty() ? curl().easy_strerror(facts.code) : facts.detail);
  if (auto at_proxy = describe_proxy_failure(facts, where)) {
    at_proxy->attempts = std::min(attempts, at_proxy->attempts);
    return std::move(*at_proxy);
  }
  if (auto in_tls = describe_tls_failure(facts, where)) return {std::move(*in_tls), 1};
  switch (facts.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Error(ErrorClass::network, "http.no-such-host", "unknown host " + origin.host())
                  .cause("the resolver does not know the name")
                  .fix("check the spelling of the host name, and this machine's DNS configuration"),
              connect_attempts, true};
    case CURLE_COULDNT_CONNECT:
      return {unreachable(facts, where, options), connect_attempts, true};
    case CURLE_OPERATION_TIMEDOUT:
      return {Error(ErrorClass::stall, "http.connect-timeout", "timed out connecting to " + where)
                  .cause(fmt::format("no connection within {} ms", facts.elapsed.count())),
              connect_attempts, true};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {not_http(origin, where, detail), 1};
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {
          Error(ErrorClass::internal, "http.internal", "libcurl rejected a request").cause(detail),
          1};
    default:
      break;
  }
  if (facts.client_certificate_asked)
    return {lost_after_client_certificate(facts, where), attempts};
  Error lost =
      Error(ErrorClass::network, "http.lost", "connection to " + where + " lost").cause(detail);
  if (facts.code == CURLE_GOT_NOTHING && !origin.tls()) lost = std::move(lost).fix(kMaybeHttps);
  return {std::move(lost), attempts};
}

Error wrong_address(const Origin& origin, AddressKind kind) {
  return Error(ErrorClass::server, "http.address", "address not allowed: " + origin.host())
      .cause(fmt::format("it is at {}, and the host that refers to it is not", kind_name(kind)));
}

}  // namespace berth::http
