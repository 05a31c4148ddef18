// What would make a push to a container registry of Azure fail, from the registry's responses before an upload. Pure.
// Source: Microsoft Learn, "Lock a container image"; REST of @azure/container-registry 2021-07-01.
#pragma once

#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "common/finding.hpp"

namespace berth::azure {

// What is wrong with the image by the registry's rules alone; nothing is asked.
common::Findings offline_findings(const common::ImageFacts& image);

// Where the registry's own interface describes an image's repository and tag, and what a token needs for the whole
// preflight.
std::string data_path(const common::ImageFacts& image);
std::string tag_path(const common::ImageFacts& image);
inline constexpr const char* kActions = "pull,push,metadata_read";

// A response of that interface.
struct DataAnswer {
  int status = 0;  // 0: the request was not sent or failed, `body` is the reason, and `fix` may be the next step
  std::string body{};
  std::string retry_after{};
  std::string fix{};
};

// Who pushes.
struct Identity {
  std::string source;    // of the credentials: "password of ci, from ~/.docker/config.json"
  std::string assignee;  // see assignee_of()
};

bool grants(const std::optional<std::string>& actions, const std::string& action);

// `actions` of the token; std::nullopt if it does not list them.
common::Findings check_permissions(const AcrHost& host, const common::ImageFacts& image,
                                   const std::optional<std::string>& actions, const Identity& identity);
// `tag` is requested if the repository exists.
common::Findings check_locks(const AcrHost& host, const common::ImageFacts& image, const DataAnswer& repository,
                             const DataAnswer& tag);
common::Finding firewall_finding(const AcrHost& host, const std::string& body);

}  // namespace berth::azure
