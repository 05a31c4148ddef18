// Under which names docker and its kin store the credential of a registry.
// Source: docker CLI, cli/config/credentials and registry.ResolveAuthConfig; containers-auth.json(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

// Docker Hub's own key.
inline constexpr std::string_view kHubServer = "https://index.docker.io/v1/";

// The name under which docker stores a host: the host, and for Docker Hub its key.
std::string server_name(std::string_view host);
// The names by which a helper is asked for a host.
std::vector<std::string> helper_names(std::string_view host);
// The keys of `auths` that mean a host, the most usual first: with and without scheme, with and without /v1/ or /v2/.
std::vector<std::string> auth_keys(std::string_view host);
// Whether a key of `auths` is a URL, with any path, on that host.
bool is_url_of(std::string_view key, std::string_view host);

}  // namespace berth::registry
