#include "http/transport_error.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

std::string place(const Origin& origin, const ClientOptions& options) {
  if (!options.unix_socket.empty()) return options.unix_socket;
  const bool own_port = origin.port() == (origin.tls() ? 443 : 80);
  return own_port ? origin.host() : fmt::format("{}:{}", origin.host(), origin.port());
}

bool is_certificate_problem(const TransportFacts& facts) {
  return facts.code == CURLE_PEER_FAILED_VERIFICATION || facts.code == CURLE_SSL_ISSUER_ERROR;
}

bool spoke_plain_http(const TransportFacts& facts) {
  return facts.code == CURLE_SSL_CONNECT_ERROR && (facts.detail.find("wrong version number") != std::string::npos ||
                                                   facts.detail.find("packet length too long") != std::string::npos ||
                                                   facts.detail.find("http request") != std::string::npos);
}

Error unreachable(const TransportFacts& facts, const std::string& where, const ClientOptions& options) {
  std::string cause =
      facts.os_errno != 0 ? base::errno_text(static_cast<int>(facts.os_errno)) : base::escape(facts.detail);
  Error error = Error(ErrorClass::network, "http.unreachable", "nobody answers at " + where)
                    .cause(fmt::format("{} after {} ms", cause, facts.elapsed.count()));
  if (!options.unix_socket.empty()) return error;
  return std::move(error).fix("is the registry running, and is this its port?");
}

Error certificate_error(const TransportFacts& facts, const std::string& where) {
  return Error(ErrorClass::network, "http.certificate", fmt::format("the certificate of {} is not trusted", where))
      .cause(base::escape(facts.detail))
      .fix("--ca-file FILE with the certificate of whoever signed it");
}

}  // namespace

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options) {
  const std::string where = place(origin, options);
  const int attempts = options.limits.attempts;
  const std::string detail = base::escape(facts.detail.empty() ? curl_easy_strerror(facts.code) : facts.detail);
  if (is_certificate_problem(facts)) return {certificate_error(facts, where), 1};
  if (spoke_plain_http(facts))
    return {Error(ErrorClass::network, "http.plain", where + " speaks plain http")
                .cause("its answer to the TLS greeting is not TLS")
                .fix("--plain-http for once, --set tls=false for good"),
            1};
  switch (facts.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Error(ErrorClass::network, "http.no-such-host", "there is no host " + origin.host())
                  .cause("the resolver does not know the name")
                  .fix("check the spelling of the host, and the name service of this machine"),
              std::min(attempts, 2)};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Error(ErrorClass::network, "http.proxy", "the proxy for " + where + " cannot be found").cause(detail), 1};
    case CURLE_COULDNT_CONNECT:
      return {unreachable(facts, where, options), std::min(attempts, 2)};
    case CURLE_OPERATION_TIMEDOUT:
      return {Error(ErrorClass::stall, "http.connect-timeout", where + " cannot be reached")
                  .cause(fmt::format("no connection within {} ms", facts.elapsed.count())),
              std::min(attempts, 2)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
      return {Error(ErrorClass::network, "http.tls", "no TLS connection to " + where).cause(detail), 1};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Error(ErrorClass::server, "http.not-http", where + " does not speak http").cause(detail), 1};
    default:
      break;
  }
  if (!facts.was_connected) return {unreachable(facts, where, options), std::min(attempts, 2)};
  return {Error(ErrorClass::network, "http.lost", "the connection to " + where + " was lost").cause(detail), attempts};
}

}  // namespace berth::http
