// Converts responses that a step of the protocol does not expect to errors, and recognizes hosts
// that are not registries.
#pragma once

#include "http/message.hpp"
#include "registry/api_error.hpp"
#include "registry/authenticated_client.hpp"

namespace berth::registry {

// Returns whether the response is a web page for people: then it is not from a registry, whatever
// its status.
bool is_web_page(const http::Response& response);

// Checks that `response`, to GET /v2/ (end-1), is a registry's. Fails with class network,
// "http.tls-expected" (HTTP was used, the server requires TLS); class server,
// "registry.not-a-registry"; or "registry.ping-…" for a status that does not show what the host is.
base::Result<void> check_is_registry(AuthenticatedClient& client, const http::Response& response);

// Returns the error for a response that the step does not handle: that of check_is_registry() if
// the response is not a registry's either, else that of its status. May send GET /v2/.
base::Error unexpected_response(AuthenticatedClient& client, const http::Response& response,
                                const FailedRequest& request);

// Returns the error for a request that the registry rejected, without checking again whether the
// host is a registry. The error may be retried (Error::max_attempts()) if the status is transient.
base::Error rejected_response(AuthenticatedClient& client, const http::Response& response,
                              const FailedRequest& request);

}  // namespace berth::registry
