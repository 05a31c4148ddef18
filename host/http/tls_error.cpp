#include "http/tls_error.hpp"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <initializer_list>

#include "base/escape.hpp"
#include "http/curl_library.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxNameLength = 400;

bool mentions_any(const TransportFacts& facts, std::initializer_list<std::string_view> texts) {
  return std::ranges::any_of(
      texts, [&](auto text) { return facts.detail.find(text) != std::string::npos; });
}

// The server does not support TLS 1.2 or later, or reports that it supports none of our versions.
bool is_too_old(const TransportFacts& facts) {
  return mentions_any(facts,
                      {"alert protocol version", "unsupported protocol", "no protocols available"});
}

// Alerts that a server sends only if it rejects or misses the client's certificate.
// Source: RFC 5246, section 7.2.2; RFC 8446, section 6.2; OpenSSL's names for them.
bool is_about_client_certificate(const TransportFacts& facts) {
  return mentions_any(
      facts, {"alert certificate required", "alert bad certificate", "alert unknown ca",
              "alert certificate unknown", "alert certificate expired", "alert certificate revoked",
              "alert unsupported certificate", "alert access denied"});
}

// libcurl's code depends on its version, so what OpenSSL reported decides.
bool is_certificate_problem(const TransportFacts& facts) {
  if (facts.certificate.error != X509_V_OK) return true;
  if (facts.code == CURLE_PEER_FAILED_VERIFICATION || facts.code == CURLE_SSL_ISSUER_ERROR)
    return true;
  return facts.code == CURLE_SSL_CONNECT_ERROR && facts.certificate_check != X509_V_OK &&
         facts.certificate_check != X509_V_ERR_UNSPECIFIED;
}

std::string file_in_place(const TransportFacts& facts, const char* name) {
  return base::escape(facts.tls->place) + "/" + name;
}

bool has_place(const TransportFacts& facts) {
  return facts.tls != nullptr && !facts.tls->place.empty();
}

bool has_client_certificate(const TransportFacts& facts) {
  return facts.tls != nullptr && !facts.tls->client_certificate.empty();
}

// Adds the file of the certificate that was sent, or the directory where one can be stored.
Error about_client_certificate(const TransportFacts& facts, std::string message,
                               const std::string& detail) {
  Error error(ErrorClass::network, "http.client-certificate", std::move(message));
  if (has_client_certificate(facts))
    return std::move(error)
        .cause(fmt::format("{} was sent: {}", base::escape(facts.tls->client_certificate), detail))
        .fix("replace it by one that the server trusts, with its key");
  error = std::move(error).cause("none is configured: " + detail);
  if (!has_place(facts)) return error;
  return std::move(error).fix(fmt::format("put it at {} and its key at {}",
                                          file_in_place(facts, "client.cert"),
                                          file_in_place(facts, "client.key")));
}

Error unusable_client_certificate(const TransportFacts& facts, const std::string& where,
                                  const std::string& detail) {
  const auto path = facts.tls != nullptr ? base::escape(facts.tls->client_certificate) : "";
  return Error(ErrorClass::network, "http.client-certificate",
               "cannot use the client certificate for " + where)
      .cause(fmt::format("{}: {}", path, detail))
      .fix(
          "make the certificate and its key PEM files that belong together; keys with a passphrase "
          "are not supported");
}

std::string trust_fix(const TransportFacts& facts, std::string_view certificate) {
  if (!has_place(facts)) return fmt::format("pass {}: --ca-file FILE", certificate);
  return fmt::format("pass {}: --ca-file FILE, or install it as {}", certificate,
                     file_in_place(facts, "ca.crt"));
}

std::string untrusted_cause(const TransportFacts& facts, const std::string& issuer) {
  const auto trusted = facts.tls != nullptr ? facts.tls->trusted : "the system trust store";
  std::string cause = fmt::format("issuer {} is not in {}", issuer, trusted);
  if (facts.tls != nullptr && !facts.tls->problems.empty()) cause += "; " + facts.tls->problems;
  if (facts.certificate_check != X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT &&
      facts.certificate.sent == 1)
    cause += "; the server sent no intermediate certificate";
  if (facts.proxy != nullptr)
    cause += fmt::format("; connected through proxy {} ({}), which may replace certificates",
                         facts.proxy->url, facts.proxy->variable);
  return cause;
}

// Describes the validity period that is over or has not begun; the certificate may be a CA's.
std::string validity(const TransportFacts& facts, const std::string& time, const char* relation) {
  const auto& seen = facts.certificate;
  const std::string which = seen.of_signer ? "the certificate of one of its authorities" : "it";
  return fmt::format("{} is valid {} {}; issuer {}", which, relation, base::escape(time),
                     base::escape(seen.issuer, kMaxNameLength));
}

Error certificate_error(const TransportFacts& facts, const std::string& where,
                        const std::string& detail) {
  auto make = [&](const char* kind, const char* problem) {
    return Error(ErrorClass::network, std::string("http.certificate") + kind,
                 fmt::format("certificate of {} {}", where, problem));
  };
  const auto& seen = facts.certificate;
  const auto issuer = base::escape(seen.issuer, kMaxNameLength);
  switch (facts.certificate_check) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:  // libcurl 7.88's value before it has compared the names
      return make("-host", "is for another host name")
          .cause(seen.names.empty() ? detail
                                    : "it is valid for " + base::escape(seen.names, kMaxNameLength))
          .fix(
              "use a host name that the certificate is valid for, or have one issued for this "
              "name");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return make("-expired", "has expired")
          .cause(seen.ends.empty() ? detail : validity(facts, seen.ends, "until"))
          .fix("have it renewed; check this machine's clock: date");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return make("-not-yet-valid", "is not yet valid")
          .cause(seen.begins.empty() ? detail : validity(facts, seen.begins, "from"))
          .fix("check this machine's clock: date");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return make("-self-signed", "is self-signed")
          .cause(issuer.empty() ? detail : untrusted_cause(facts, issuer))
          .fix(trust_fix(facts, "the certificate"));
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return make("-weak", "is too weak")
          .cause(detail)
          .fix("have one issued with a key of 2048 bits or more");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return make("-issuer", "is signed by an unknown authority")
          .cause(issuer.empty() ? detail : untrusted_cause(facts, issuer))
          .fix(trust_fix(facts, "the authority's certificate"));
    default:
      return make("", "is not trusted").cause(detail);
  }
}

}  // namespace

// OpenSSL's errors for a first record that is not TLS.
bool is_plain_response(const TransportFacts& facts) {
  return facts.code == CURLE_SSL_CONNECT_ERROR &&
         mentions_any(facts, {"wrong version number", "packet length too long", "http request"});
}

Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where) {
  const auto detail =
      base::escape(facts.detail.empty() ? curl().easy_strerror(facts.code) : facts.detail);
  return about_client_certificate(
      facts, where + " closed the connection after requesting a client certificate", detail);
}

std::optional<Error> describe_tls_failure(const TransportFacts& facts, const std::string& where) {
  const auto detail =
      base::escape(facts.detail.empty() ? curl().easy_strerror(facts.code) : facts.detail);
  if (is_certificate_problem(facts)) return certificate_error(facts, where, detail);
  if (is_plain_response(facts))
    return Error(ErrorClass::network, "http.plain", where + " is not serving TLS")
        .cause("its response is not TLS; a plain HTTP server responds so")
        .fix("--plain-http for one command, --set tls=false permanently");
  if (is_too_old(facts))
    return Error(ErrorClass::network, "http.tls-version", where + " supports no common TLS version")
        .cause("berth requires TLS 1.2 or later: " + detail)
        .fix("enable TLS 1.2 or 1.3 on the server");
  if (is_about_client_certificate(facts))
    return about_client_certificate(
        facts,
        where + (has_client_certificate(facts) ? " rejected the client certificate"
                                               : " requires a client certificate"),
        detail);
  switch (facts.code) {
    case CURLE_SSL_CERTPROBLEM:
      return unusable_client_certificate(facts, where, detail);
    case CURLE_SSL_CONNECT_ERROR:
      if (facts.client_certificate_asked) return lost_after_client_certificate(facts, where);
      [[fallthrough]];
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return Error(ErrorClass::network, "http.tls", "TLS handshake with " + where + " failed")
          .cause(detail);
    default:
      return std::nullopt;
  }
}

}  // namespace berth::http
