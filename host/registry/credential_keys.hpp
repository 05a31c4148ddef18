// Keys under which docker and containers tools store the credentials of a registry: "r.example",
// "https://r.example", "https://r.example/v1/", "r.example/v1/", "r.example/team/app", Docker Hub's
// spellings; with or without a trailing slash, in any case of letters. Sources: docker/cli,
// cli/config/credentials/file_store.go (ConvertToHostname); containers/image,
// pkg/docker/config/config.go (findCredentialsInFile); containers-auth.json(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"

namespace berth::registry {

// Docker Hub's own key.
inline constexpr std::string_view kHubServer = "https://index.docker.io/v1/";

// Returns the key under which docker stores a host: the host itself, or kHubServer for Docker Hub.
std::string server_name(std::string_view host);
// Returns the server URLs to ask a credential helper for, in order.
std::vector<std::string> helper_names(std::string_view host);

// Which keys with a path apply to a repository that is not below that path.
enum class KeyRule {
  containers,  // auth.json: keys with a scheme; their path is ignored
  docker,      // config.json: all; docker compares only hosts
};

// How far a key applies to a repository; if that is empty, to the host.
enum class KeyScope { other_host, other_path, host, repository };
KeyScope scope_of_key(std::string_view key, std::string_view host, std::string_view repository);

// Returns whether `login` and `logout` of the host may change the key: it has no path, or it has a
// scheme.
bool is_host_key(std::string_view key, std::string_view host);

// Returns the members whose keys apply, best match first: the longest path that contains the
// repository, then the host (docker's spelling first), then other paths as `rule` permits. Pointers
// into `members`.
std::vector<const base::Json::Member*> matching_members(const base::Json::Object& members,
                                                        std::string_view host,
                                                        std::string_view repository, KeyRule rule);

}  // namespace berth::registry
