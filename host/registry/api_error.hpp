// What a registry says when it does not do what was asked.
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
  std::string message;  // foreign text
};

// The errors of the body; empty when the body is not a registry's.
std::vector<ApiError> parse_api_errors(const http::Response& response);

// "403 DENIED: …": the status and the registry's first error with a code other than UNKNOWN, else its first error, else
// the beginning of the body's text.
std::string registry_words(const http::Response& response);

// What was asked, for the error's words.
struct Asked {
  std::string_view host;
  std::string_view code;    // stable: "push.blob"
  std::string_view what;    // what failed: "upload", "manifest lookup"
  std::string_view method;  // "PUT"
  std::string repository;
  std::string account;  // who asked, in words
  std::string username;
  [[nodiscard]] bool reads() const { return method == "GET" || method == "HEAD"; }
};

// What the administrator of a proxy does that limits request bodies (413).
inline constexpr std::string_view kRequestSizeFix =
    "increase the limit of request bodies in the proxy (nginx: client_max_body_size)";

// The class follows the status: 401 auth, 403 denied, 404 not-found, else server.
base::Error api_error(const http::Response& response, const Asked& asked);

}  // namespace berth::registry
