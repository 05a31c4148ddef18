// What would make a push to a container registry of Azure fail, out of what the registry says before a byte moves.
// Pure. Source: Microsoft Learn, "Lock a container image"; REST of @azure/container-registry 2021-07-01.
#pragma once

#include <optional>
#include <string>

#include "azure/acr_host.hpp"
#include "cloud/finding.hpp"

namespace berth::azure {

// What is wrong with the image by the registry's rules alone; nothing is asked.
cloud::Findings offline_findings(const cloud::ImageFacts& image);

// Where the registry's own interface describes an image's repository and tag, and what a token needs for the whole
// preflight.
std::string repository_path(const cloud::ImageFacts& image);
std::string tag_path(const cloud::ImageFacts& image);
inline constexpr const char* kActions = "pull,push,metadata_read";

// An answer of that interface.
struct DataAnswer {
  int status = 0;  // 0: it was not asked, and `body` may say why
  std::string body{};
  std::string retry_after{};
};

bool grants(const std::optional<std::string>& actions, const std::string& action);

// `actions` of the token; nothing: it does not say.
cloud::Findings judge_rights(const AcrHost& host, const cloud::ImageFacts& image,
                             const std::optional<std::string>& actions, const std::string& assignee);
// `tag` is asked where the repository is there.
cloud::Findings judge_locks(const AcrHost& host, const cloud::ImageFacts& image, const DataAnswer& repository,
                            const DataAnswer& tag);
cloud::Finding firewall_finding(const AcrHost& host, const std::string& body);

}  // namespace berth::azure
