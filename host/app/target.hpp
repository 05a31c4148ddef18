// Target: a resolved destination: its container registry, flavor and image.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flavor/index.hpp"
#include "oci/registry_uri.hpp"
#include "store/store.hpp"

namespace berth::app {

class DestinationKind;

// The only flavor whose container registries are directories.
inline constexpr const char* kLayoutFlavor = "layout";

// An image within a container registry.
struct ImageName {
  std::string repository = {};       // below the URI: "app"
  std::string full_repository = {};  // below the host: "acme/app"; for layouts the same as `repository`
  std::optional<std::string> tag = {};
  std::optional<oci::Digest> digest = {};
};

struct Target {
  std::optional<std::string> registry = {};   // the registered name; std::nullopt if it is not registered
  const flavor::Candidate* flavor = nullptr;  // of the index, which must outlive this object
  oci::RegistryUri uri;
  base::Json settings = base::Json::object();
  std::string selection_reason = {};  // why this container registry was chosen
  ImageName image = {};
  bool default_tag = false;  // no tag was given: latest

  // "r.example/acme/app", "oci:/dir/app"
  [[nodiscard]] std::string name() const;
  // The name with tag or digest.
  [[nodiscard]] std::string reference() const;
  [[nodiscard]] const DestinationKind& kind() const;
};

// Which container registry to use: a registered one, or one of `flavor` that is not registered, with `uri` and
// `settings`.
struct TargetOptions {
  std::optional<std::string> registry = {};
  std::optional<std::string> flavor = {};
  std::optional<std::string> uri = {};
  std::vector<std::pair<std::string, std::string>> settings = {};
};

// Checks that URIs of this kind belong to the flavor: oci:… to layout, all others to the other flavors. Class usage,
// code "registry.uri".
base::Result<void> check_uri_kind(const oci::RegistryUri& uri, const std::string& flavor);

// Resolves a destination (cli/README.md, "DESTINATION"). `index` must outlive the result. Class usage or not-found if
// no container registry can be chosen; class validation, code "push.not-in-registry", if it does not hold the image.
base::Result<Target> find_target(const std::string& destination, const TargetOptions& options,
                                 const store::Contents& contents, const flavor::FlavorIndex& index);

}  // namespace berth::app
