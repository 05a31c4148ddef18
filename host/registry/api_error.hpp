// Converts a registry's error response to an Error.
// Source: OCI distribution-spec 1.1, "Error Codes".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"
#include "oci/digest.hpp"

namespace berth::registry {

struct ApiError {
  std::string code;     // "DENIED"
  std::string message;  // the registry's text, not escaped
};

// Returns the errors in the body; empty if the body is not in the format of the distribution API.
std::vector<ApiError> parse_api_errors(const http::Response& response);

// Returns the registry's error message, "403 DENIED: …": the status, and the first error with a
// code other than UNKNOWN, else the first error, else the beginning of the body's text. Not
// escaped, except for the body's text.
std::string error_message(const http::Response& response);

// The request that failed. Views must outlive this object.
struct FailedRequest {
  std::string_view code;  // prefix of the error code, stable: "push.blob"
  std::string_view what;  // name of the step, for messages: "upload", "manifest lookup"
  http::Method method = http::Method::get;
  std::string_view repository = {};  // below the host; empty: none
  [[nodiscard]] bool reads() const {
    return method == http::Method::get || method == http::Method::head;
  }
};

// Who sent the request, for messages.
struct Requester {
  std::string_view host;  // of the registry
  std::string account;    // source of the credential in use: "password of bob, from FILE";
                          // "anonymous" without one
  std::string username;
};

// How an administrator fixes 413 from a proxy that limits request bodies.
inline constexpr std::string_view kRequestSizeFix =
    "increase the limit of request bodies in the proxy (nginx: client_max_body_size)";

// Returns the Error for `response`. The class follows the status: 401 auth, 403 denied, 404
// not-found, else server; integrity if the registry reports that the digest does not match.
base::Error api_error(const http::Response& response, const FailedRequest& request,
                      const Requester& requester);

// Returns the error if the registry rejected `digest` because it does not support the digest's
// algorithm; std::nullopt otherwise. Class server, code "CODE-algorithm", with the code of
// `request`; its `what` is the rejected content
// ("blob"). CNCF Distribution 2 and 3 accept sha512 for blobs, and reject it in the URL of a
// manifest.
std::optional<base::Error> unsupported_algorithm(const http::Response& response,
                                                 const oci::Digest& digest,
                                                 const FailedRequest& request,
                                                 std::string_view host);

}  // namespace berth::registry
