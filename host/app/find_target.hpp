// Resolves destinations to targets.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/target.hpp"
#include "flavor/index.hpp"
#include "store/contents.hpp"

namespace berth::app {

// Which container registry to use: a registered one, or one of `flavor` that is not registered,
// with `uri` and `settings`.
struct TargetOptions {
  std::optional<std::string> registry = {};
  std::optional<std::string> flavor = {};
  std::optional<std::string> uri = {};
  std::vector<std::pair<std::string, std::string>> settings = {};
};

// Checks that URIs of this kind belong to the flavor: oci:… to layout, all others to the other
// flavors. Class usage, code "registry.uri".
base::Result<void> check_uri_kind(const oci::RegistryUri& uri, const std::string& flavor);

// Resolves a destination (cli/README.md, "DESTINATION"). `index` must outlive the result. Class
// usage or not-found if no container registry can be chosen; class validation, code
// "push.not-in-registry", if it does not hold the image.
base::Result<Target> find_target(const std::string& destination, const TargetOptions& options,
                                 const store::Contents& contents, const flavor::FlavorIndex& index);

}  // namespace berth::app
