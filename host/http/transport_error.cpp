#include "http/transport_error.hpp"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <new>

#include "base/escape.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr const char* kMaybeHttps = "if it speaks https: --set tls=true";

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

Error certificate_error(const TransportFacts& facts, const std::string& where, const std::string& detail,
                        const ClientOptions& options) {
  auto make = [&](const char* problem) {
    return Error(ErrorClass::network, "http.certificate", fmt::format("the certificate of {} {}", where, problem));
  };
  switch (facts.certificate_check) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:  // libcurl 7.88's value until it has compared the names
      return make("is for another host")
          .cause(facts.names.empty() ? detail : "it is for " + base::escape(facts.names, 400))
          .fix("use a name that the certificate is for");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return make("has expired").cause(detail).fix("have it renewed there; check this machine's clock: date");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return make("is not valid yet").cause(detail).fix("check this machine's clock: date");
    default:
      break;
  }
  const std::string store =
      options.tls.ca_file.empty() ? "" : fmt::format(" nor in {}", base::escape(options.tls.ca_file));
  return make("is not trusted")
      .cause(facts.issuer.empty()
                 ? detail
                 : fmt::format("signed by {}, not in the system's store{}", base::escape(facts.issuer, 400), store))
      .fix("--ca-file FILE with the certificate of whoever signed it");
}

TransportFailure proxy_error(const TransportFacts& facts, const std::string& where, const std::string& detail) {
  Error error(ErrorClass::network, "http.proxy", "the proxy does not let through to " + where);
  if (facts.code == CURLE_COULDNT_RESOLVE_PROXY)
    error = Error(ErrorClass::network, "http.proxy", "the proxy for " + where + " cannot be found");
  return {std::move(error).cause(detail).fix("check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"), 1};
}

Error not_http(const Origin& origin, const std::string& where, const std::string& detail) {
  Error error = Error(ErrorClass::server, "http.not-http", where + " does not speak http").cause(detail);
  return origin.tls() ? std::move(error) : std::move(error).fix(kMaybeHttps);
}

}  // namespace

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options) {
  const std::string where = place(origin, options);
  const int attempts = options.limits.attempts;
  const std::string detail = base::escape(facts.detail.empty() ? curl_easy_strerror(facts.code) : facts.detail);
  if (facts.proxy_status >= 300) return proxy_error(facts, where, detail);
  if (is_certificate_problem(facts)) return {certificate_error(facts, where, detail, options), 1};
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
      return proxy_error(facts, where, detail);
    case CURLE_COULDNT_CONNECT:
      return {unreachable(facts, where, options), std::min(attempts, 2)};
    case CURLE_OPERATION_TIMEDOUT:
      return {Error(ErrorClass::stall, "http.connect-timeout", where + " cannot be reached")
                  .cause(fmt::format("no connection within {} ms", facts.elapsed.count())),
              std::min(attempts, 2)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return {Error(ErrorClass::network, "http.tls", "no TLS connection to " + where).cause(detail), 1};
    case CURLE_SSL_CACERT_BADFILE:
      return {Error(ErrorClass::network, "http.ca-file",
                    base::escape(options.tls.ca_file) + " cannot be used as a file of certificates")
                  .cause(detail)
                  .fix("name a file of certificates in PEM form"),
              1};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {not_http(origin, where, detail), 1};
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {Error(ErrorClass::internal, "http.internal", "libcurl refused a request").cause(detail), 1};
    default:
      break;
  }
  Error lost = Error(ErrorClass::network, "http.lost", "the connection to " + where + " was lost").cause(detail);
  if (facts.code == CURLE_GOT_NOTHING && !origin.tls()) lost = std::move(lost).fix(kMaybeHttps);
  return {std::move(lost), attempts};
}

}  // namespace berth::http
