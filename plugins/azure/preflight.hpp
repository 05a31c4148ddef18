// Preflight checks of a push to Azure Container Registry, from the registry's responses. Pure.
// Source: Microsoft Learn, "Lock a container image"; REST of @azure/container-registry 2021-07-01.
#pragma once

#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "common/finding.hpp"

namespace berth::azure {

// Checks the image by the registry's documented limits; sends no request.
common::Findings offline_findings(const common::ImageFacts& image);

// Paths of the registry's own API that describe the repository and the tag of an image; the actions
// that a token needs for them and for a push.
std::string data_path(const common::ImageFacts& image);
std::string tag_path(const common::ImageFacts& image);
inline constexpr const char* kActions = "pull,push,metadata_read";

// A response of that API.
struct DataAnswer {
  int status = 0;  // 0: the request was not sent or failed, `body` is the reason, and `fix` may be
                   // the next step
  std::string body{};
  std::string retry_after{};
  std::string fix{};
};

// The identity that pushes.
struct Identity {
  std::string source;    // of the credentials: "password of ci, from ~/.docker/config.json"
  std::string assignee;  // see assignee_of()
};

// Returns whether `actions` include `action`; true if they are not known.
bool grants(const std::optional<std::string>& actions, const std::string& action);

// Checks that the token grants a push. `actions`: std::nullopt if the token does not list them.
common::Findings check_permissions(const AcrHost& host, const common::ImageFacts& image,
                                   const std::optional<std::string>& actions,
                                   const Identity& identity);
// Checks the locks of repository and tag. `tag`: status 404 if the repository does not exist.
common::Findings check_locks(const AcrHost& host, const common::ImageFacts& image,
                             const DataAnswer& repository, const DataAnswer& tag);
// The registry rejected the address of this machine, with the response `body`.
common::Finding firewall_finding(const AcrHost& host, const std::string& body);

}  // namespace berth::azure
