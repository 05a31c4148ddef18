// Converts a registry's error response to an Error.
// Source: OCI distribution-spec 1.1, "Error Codes".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"

namespace berth::registry {

struct ApiError {
  std::string code;     // "DENIED"
  std::string message;  // the registry's text, not escaped
};

// Returns the errors in the body; empty if the body is not in the format of the distribution API.
std::vector<ApiError> parse_api_errors(const http::Response& response);

// Returns the registry's error message, "403 DENIED: …": the status, and the first error with a code other than
// UNKNOWN, else the first error, else the beginning of the body's text.
std::string registry_words(const http::Response& response);

// Describes the request that failed, for the error's message.
struct Asked {
  std::string_view host;
  std::string_view code;    // stable: "push.blob"
  std::string_view what;    // name of the step: "upload", "manifest lookup"
  std::string_view method;  // "PUT"
  std::string repository;
  std::string account;  // for messages, as describe_account()
  std::string username;
  [[nodiscard]] bool reads() const { return method == "GET" || method == "HEAD"; }
};

// How an administrator fixes 413 from a proxy that limits request bodies.
inline constexpr std::string_view kRequestSizeFix =
    "increase the limit of request bodies in the proxy (nginx: client_max_body_size)";

// Returns the Error for `response`. The class follows the status: 401 auth, 403 denied, 404 not-found, else server.
base::Error api_error(const http::Response& response, const Asked& asked);

}  // namespace berth::registry
