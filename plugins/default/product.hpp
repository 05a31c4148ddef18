// The product that a registry runs, recognised by its challenge. Pure.
// Sources: the products' documentation and source code, as README.md lists them.
#pragma once

#include <optional>
#include <string_view>

namespace berth::default_flavor {

struct Product {
  const char* name;    // "Harbor"
  const char* flavor;  // the flavor with its rules; nullptr if berth has none for it
};

// `challenge`: the registry's WWW-Authenticate header; `server`: its header Server, which proxies
// replace; `headers`: all headers, a line each, names in lower case. std::nullopt: not recognised.
std::optional<Product> recognise(std::string_view challenge, std::string_view server,
                                 std::string_view headers = {});

// Names of products, as hints refer to them.
inline constexpr const char* kGitHub = "GitHub Container Registry";
inline constexpr const char* kGitLab = "GitLab";
inline constexpr const char* kGitea = "Gitea or Forgejo";
inline constexpr const char* kHarbor = "Harbor";
inline constexpr const char* kQuay = "Quay";
inline constexpr const char* kArtifactory = "Artifactory";
inline constexpr const char* kNexus = "Nexus";
inline constexpr const char* kOpenShift = "OpenShift";
inline constexpr const char* kDigitalOcean = "DigitalOcean Container Registry";
inline constexpr const char* kOracle = "Oracle Cloud Infrastructure Registry";
inline constexpr const char* kIbm = "IBM Cloud Container Registry";
inline constexpr const char* kAlibaba = "Alibaba Cloud Container Registry";

}  // namespace berth::default_flavor
