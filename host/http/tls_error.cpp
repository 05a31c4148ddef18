#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <initializer_list>

#include "base/escape.hpp"
#include "http/transport_error.hpp"

namespace berth::http {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLongestName = 400;

bool says_any(const TransportFacts& facts, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return facts.detail.find(word) != std::string::npos; });
}

// OpenSSL's words for what cannot be TLS.
bool spoke_plain_http(const TransportFacts& facts) {
  return facts.code == CURLE_SSL_CONNECT_ERROR &&
         says_any(facts, {"wrong version number", "packet length too long", "http request"});
}

// The server speaks nothing as new as TLS 1.2, or says that we speak nothing that it does.
bool is_too_old(const TransportFacts& facts) {
  return says_any(facts, {"alert protocol version", "unsupported protocol", "no protocols available"});
}

// Alerts that only a server sends that does not like the client's certificate, or misses it.
// Source: RFC 5246, section 7.2.2; RFC 8446, section 6.2; OpenSSL's names for them.
bool is_about_client_certificate(const TransportFacts& facts) {
  return says_any(facts, {"alert certificate required", "alert bad certificate", "alert unknown ca",
                          "alert certificate unknown", "alert certificate expired", "alert certificate revoked",
                          "alert unsupported certificate", "alert access denied"});
}

bool is_certificate_problem(const TransportFacts& facts) {
  return facts.code == CURLE_PEER_FAILED_VERIFICATION || facts.code == CURLE_SSL_ISSUER_ERROR;
}

std::string file_in_place(const TransportFacts& facts, const char* name) {
  return base::escape(facts.tls->place) + "/" + name;
}

bool has_place(const TransportFacts& facts) { return facts.tls != nullptr && !facts.tls->place.empty(); }

bool has_client_certificate(const TransportFacts& facts) {
  return facts.tls != nullptr && !facts.tls->client_certificate.empty();
}

// With what was shown, or where it belongs.
Error about_client_certificate(const TransportFacts& facts, std::string message, const std::string& detail) {
  Error error(ErrorClass::network, "http.client-certificate", std::move(message));
  if (has_client_certificate(facts))
    return std::move(error)
        .cause(fmt::format("it was shown {}: {}", base::escape(facts.tls->client_certificate), detail))
        .fix("put one that it trusts there, with its key");
  error = std::move(error).cause("there was none to show: " + detail);
  if (!has_place(facts)) return error;
  return std::move(error).fix(fmt::format("put it at {} and its key at {}", file_in_place(facts, "client.cert"),
                                          file_in_place(facts, "client.key")));
}

Error unusable_client_certificate(const TransportFacts& facts, const std::string& where, const std::string& detail) {
  const auto path = facts.tls != nullptr ? base::escape(facts.tls->client_certificate) : "";
  return Error(ErrorClass::network, "http.client-certificate",
               "the client certificate for " + where + " cannot be used")
      .cause(fmt::format("{}: {}", path, detail))
      .fix("it and its key have to be PEM files that belong together; berth knows no passwords of keys");
}

std::string trust_fix(const TransportFacts& facts, std::string_view whose) {
  if (!has_place(facts)) return fmt::format("--ca-file FILE with {}", whose);
  return fmt::format("put {} at {}, or name it: --ca-file FILE", whose, file_in_place(facts, "ca.crt"));
}

// Whose it is whose time is wrong, and when that time is.
std::string validity(const TransportFacts& facts, const std::string& time, const char* relation) {
  const auto& seen = facts.certificate;
  const std::string whose = seen.of_signer ? "that of one who signed it" : "it";
  return fmt::format("{} is valid {} {}, signed by {}", whose, relation, base::escape(time),
                     base::escape(seen.issuer, kLongestName));
}

Error certificate_error(const TransportFacts& facts, const std::string& where, const std::string& detail) {
  auto make = [&](const char* kind, const char* problem) {
    return Error(ErrorClass::network, std::string("http.certificate") + kind,
                 fmt::format("the certificate of {} {}", where, problem));
  };
  const auto& seen = facts.certificate;
  const auto issuer = base::escape(seen.issuer, kLongestName);
  switch (facts.certificate_check) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:  // libcurl 7.88's value until it has compared the names
      return make("-host", "is for another host")
          .cause(seen.names.empty() ? detail : "it is for " + base::escape(seen.names, kLongestName))
          .fix("use a name that the certificate is for");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return make("-expired", "has expired")
          .cause(seen.ends.empty() ? detail : validity(facts, seen.ends, "until"))
          .fix("have it renewed there; check this machine's clock: date");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return make("-not-yet-valid", "is not valid yet")
          .cause(seen.begins.empty() ? detail : validity(facts, seen.begins, "from"))
          .fix("check this machine's clock: date");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return make("-self-signed", "is signed by itself")
          .cause(issuer.empty() ? detail : fmt::format("{} vouches for itself alone", issuer))
          .fix("make sure that it is the right one; " + trust_fix(facts, "it"));
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return make("-weak", "is too weak to be trusted").cause(detail).fix("have a new one made, of 2048 bits or more");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return make("-issuer", "is not trusted")
          .cause(issuer.empty() ? detail
                                : fmt::format("signed by {}, not in {}", issuer,
                                              facts.tls != nullptr ? facts.tls->trusted : "the system's store"))
          .fix(trust_fix(facts, "the certificate of whoever signed it"));
    default:
      return make("", "cannot be trusted").cause(detail);
  }
}

}  // namespace

Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where) {
  const auto detail = base::escape(facts.detail.empty() ? curl_easy_strerror(facts.code) : facts.detail);
  return about_client_certificate(facts, where + " went away after it had asked for a client certificate", detail);
}

std::optional<Error> describe_tls_failure(const TransportFacts& facts, const std::string& where) {
  const auto detail = base::escape(facts.detail.empty() ? curl_easy_strerror(facts.code) : facts.detail);
  if (is_certificate_problem(facts)) return certificate_error(facts, where, detail);
  if (spoke_plain_http(facts))
    return Error(ErrorClass::network, "http.plain", where + " speaks plain http")
        .cause("its answer to the TLS greeting is not TLS")
        .fix("--plain-http for once, --set tls=false for good");
  if (is_too_old(facts))
    return Error(ErrorClass::network, "http.tls-version", where + " speaks no TLS that is new enough")
        .cause("TLS 1.2 is the oldest that berth speaks: " + detail)
        .fix("have TLS 1.2 or 1.3 turned on there");
  if (is_about_client_certificate(facts))
    return about_client_certificate(
        facts,
        where + (has_client_certificate(facts) ? " refused the client certificate" : " wants a client certificate"),
        detail);
  switch (facts.code) {
    case CURLE_SSL_CERTPROBLEM:
      return unusable_client_certificate(facts, where, detail);
    case CURLE_SSL_CONNECT_ERROR:
      if (facts.client_certificate_asked) return lost_after_client_certificate(facts, where);
      [[fallthrough]];
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return Error(ErrorClass::network, "http.tls", "no TLS connection to " + where).cause(detail);
    default:
      return std::nullopt;
  }
}

}  // namespace berth::http
