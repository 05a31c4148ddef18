#include "registry/api_error.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "http/retry_policy.hpp"
#include "oci/grammar.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// Returns "pull from", "push to" or "delete from".
std::string_view describe_access(const FailedRequest& request) {
  if (request.method == http::Method::del) return "delete from";
  return request.reads() ? "pull from" : "push to";
}

bool any_code(const std::vector<ApiError>& errors, std::string_view code) {
  for (const auto& error : errors)
    if (error.code == code) return true;
  return false;
}

// Returns whether the registry rejected a manifest because one of its blobs (of an index: a
// manifest) is unknown.
bool names_unknown_blob(const std::vector<ApiError>& errors, const FailedRequest& request) {
  if (request.code != "push.manifest" || request.method != http::Method::put) return false;
  for (const auto& error : errors) {
    const auto text = oci::to_lower(error.message);
    if (error.code == "MANIFEST_BLOB_UNKNOWN" || error.code == "BLOB_UNKNOWN" ||
        error.code == "MANIFEST_UNKNOWN" || text.find("blob unknown") != std::string::npos ||
        text.find("unknown blob") != std::string::npos)
      return true;
  }
  return false;
}

// Returns all digests in the text, whatever its JSON structure is.
std::vector<std::string> digests_in(const std::string& text) {
  std::vector<std::string> digests;
  for (const std::string_view algorithm : {"sha256:", "sha512:"})
    for (auto at = text.find(algorithm); at != std::string::npos;
         at = text.find(algorithm, at + 1)) {
      const auto end = text.find_first_not_of("0123456789abcdef", at + algorithm.size());
      digests.push_back(text.substr(at, end == std::string::npos ? end : end - at));
    }
  return digests;
}

std::string attempts_cause(const http::Response& response, const FailedRequest& request) {
  const auto delay = http::retry_after(response);
  std::string text = fmt::format("{} for {}", response.status, http::method_name(request.method));
  if (response.attempts > 1) text += fmt::format(", {} times", response.attempts);
  if (delay) text += fmt::format("; Retry-After {} s", delay->count() / 1000);
  return text;
}

// Returns "; Server: nginx/1.22", which names the program that responded; empty without that
// header.
std::string server_cause(const http::Response& response) {
  const auto* server = response.header("server");
  return server != nullptr ? "; Server: " + base::escape(*server, 80) : std::string();
}

}  // namespace

std::vector<ApiError> parse_api_errors(const http::Response& response) {
  std::vector<ApiError> errors;
  const auto document = base::parse_json(response.body, "the response");
  if (!document) return errors;
  const base::Json* list = document->find("errors");
  if (list == nullptr || list->as_array() == nullptr) return errors;
  for (const auto& item : *list->as_array()) {
    ApiError error{item.string_or("code", ""), item.string_or("message", "")};
    if (const base::Json* detail = item.find("detail");
        error.message.empty() && detail != nullptr && detail->is_string())
      error.message = *detail->as_string();
    if (!error.code.empty() || !error.message.empty()) errors.push_back(std::move(error));
  }
  return errors;
}

std::string error_message(const http::Response& response) {
  const auto errors = parse_api_errors(response);
  if (errors.empty()) {
    const auto text = base::escape(response.body, 200);
    return text.empty() ? std::to_string(response.status)
                        : fmt::format("{} {}", response.status, text);
  }
  // CNCF Distribution lists errors that it cannot name (UNKNOWN) first.
  const auto named =
      std::ranges::find_if(errors, [](const ApiError& error) { return error.code != "UNKNOWN"; });
  const auto& first = named != errors.end() ? *named : errors.front();
  if (first.message.empty()) return fmt::format("{} {}", response.status, first.code);
  return fmt::format("{} {}: {}", response.status, first.code, first.message);
}

std::optional<base::Error> unsupported_algorithm(const http::Response& response,
                                                 const oci::Digest& digest,
                                                 const FailedRequest& request,
                                                 std::string_view host) {
  if (digest.algorithm() == oci::Algorithm::sha256 || response.status != 400) return std::nullopt;
  if (!any_code(parse_api_errors(response), "DIGEST_INVALID")) return std::nullopt;
  return Error(ErrorClass::server, std::string(request.code) + "-algorithm",
               fmt::format("{} does not support sha512 digests", host))
      .cause(fmt::format("it rejected {} {}", request.what, digest.str()))
      .registry(error_message(response));
}

base::Error api_error(const http::Response& response, const FailedRequest& request,
                      const Requester& requester) {
  const auto errors = parse_api_errors(response);
  const auto code = std::string(request.code);
  const std::string name = fmt::format("{}/{}", requester.host, request.repository);
  const std::string rejected =
      fmt::format("{} rejected the credentials of {}", requester.host, requester.username);
  auto make = [&](ErrorClass error_class, std::string tail, std::string message) {
    return Error(error_class, code + std::move(tail), std::move(message))
        .registry(error_message(response));
  };
  if (names_unknown_blob(errors, request))
    return make(ErrorClass::server, "-blob-unknown",
                fmt::format("{} does not have a blob of the manifest", requester.host))
        .digests(digests_in(response.body));
  switch (response.status) {
    case 401:
      return make(ErrorClass::auth, "-auth", rejected).cause(requester.account);
    case 403:
      return make(ErrorClass::denied, "-denied",
                  fmt::format("{} is not authorized to {} {}", requester.username,
                              describe_access(request), request.repository))
          .cause(requester.account);
    case 404:
      // A POST, which opens an upload session, gets 404 only if the repository does not exist; for
      // other requests the manifest or blob may be missing.
      if (any_code(errors, "NAME_UNKNOWN") || request.method == http::Method::post)
        return make(ErrorClass::not_found, "-repository",
                    fmt::format("repository {} not found", name));
      return make(ErrorClass::not_found, "-not-found",
                  fmt::format("{} not found ({})", name, request.what));
    case 413:
      return make(ErrorClass::server, "-too-large",
                  fmt::format("{}{} rejected the request size (413)",
                              errors.empty() ? "a proxy in front of " : "", requester.host))
          .cause(attempts_cause(response, request) + server_cause(response))
          .fix(std::string(kRequestSizeFix));
    case 429:
      return make(ErrorClass::server, "-rate",
                  fmt::format("rate limited by {} (429)", requester.host))
          .cause(attempts_cause(response, request));
    default:
      break;
  }
  if (any_code(errors, "DIGEST_INVALID"))
    return make(
        ErrorClass::integrity, "-digest",
        fmt::format("{} received corrupted data: the digest does not match", requester.host));
  if (http::is_transient_status(response.status))
    return make(ErrorClass::server, "-failed",
                fmt::format("{} failed during {}", requester.host, request.what))
        .cause(attempts_cause(response, request))
        .fix("try again; no partial upload remains");
  return make(ErrorClass::server, "-refused",
              fmt::format("{} rejected the {}", requester.host, request.what))
      .cause(attempts_cause(response, request));
}

}  // namespace berth::registry
