// Determines the URL of the next request of an upload session: the Location of a response, repaired
// if the registry or a proxy in front of it set a wrong scheme, host or port and the right ones are
// known. Sources: OCI distribution-spec 1.1, "Pushing blobs" (a Location may be relative or
// absolute, and its query must be kept); distribution/distribution#2862,
// docker-archive/docker-registry#545, oras-project/oras-go#177 (nginx with `proxy_set_header Host
// $host` loses the port; without X-Forwarded-Proto, https becomes http).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/origin.hpp"

namespace berth::registry {

// Returns the absolute URL that the Location of `response` names, without its fragment. `own` is
// the registry's origin, `host` its name for errors. A Location on the registry's host that has
// lost the port, or that is plain HTTP for a registry that uses HTTPS, gets the registry's own
// origin; so does plain HTTP to another host if the path is that of the distribution API. Without
// Location, Docker-Upload-UUID of `repository` is used. Fails with class server:
// "registry.no-location", "registry.insecure-location" (HTTPS to plain HTTP elsewhere), or
// "http.url" (no usable URL).
base::Result<std::string> upload_location(const http::Response& response, const http::Origin& own,
                                          std::string_view host, std::string_view repository);

// Returns whether `url`, whose origin is `target`, has the registry's host, but a port or scheme
// that it does not serve. Another explicit port may be intended.
bool is_misspelt_origin(const std::string& url, const http::Origin& target,
                        const http::Origin& own);

// Returns `url` at the registry's own origin, if `url` has a host that cannot be used
// ("http://registry:5000/v2/…", an internal name). std::nullopt if its path is not an upload of
// `repository` in the distribution API: then it may be another service's, such as a storage
// bucket's.
std::optional<std::string> at_own_origin(const std::string& url, const http::Origin& own,
                                         std::string_view repository);

// Attributes a failed request to the Location that the registry sent, not to the user's settings.
// Keeps class and code.
base::Error location_error(base::Error error, const http::Origin& target, std::string_view host);

}  // namespace berth::registry
