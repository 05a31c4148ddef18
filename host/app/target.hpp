// Target: one destination as the user typed it, found: which container registry, which flavor, which image.
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

struct Target {
  std::optional<std::string> registry = {};   // the registered name; none: for this call alone
  const flavor::Candidate* flavor = nullptr;  // of the index
  oci::RegistryUri uri;
  base::Json settings = base::Json::object();
  std::string selection_reason = {};  // why this container registry was chosen

  std::string repository = {};       // below the uri: "app"
  std::string full_repository = {};  // below the host: "acme/app"; for layouts the same as `repository`
  std::optional<std::string> tag = {};
  std::optional<oci::Digest> digest = {};
  bool tag_assumed = false;  // none was typed: latest

  // "r.example/acme/app", "oci:/dir/app"
  [[nodiscard]] std::string name() const;
  // The name with tag or digest.
  [[nodiscard]] std::string reference() const;
  [[nodiscard]] const DestinationKind& kind() const;
};

// --registry, and --flavor with --uri and --set.
struct TargetOptions {
  std::optional<std::string> registry = {};
  std::optional<std::string> flavor = {};
  std::optional<std::string> uri = {};
  std::vector<std::pair<std::string, std::string>> settings = {};
};

// Layouts have uris of their own kind, and no other flavor has. Class usage, code "registry.uri".
base::Result<void> check_uri_kind(const oci::RegistryUri& uri, const std::string& flavor);

// `contents` and `index` outlive the target. Class usage, not-found, or validation (code "push.not-in-registry").
base::Result<Target> find_target(const std::string& typed, const TargetOptions& options,
                                 const store::Contents& contents, const flavor::FlavorIndex& index);

}  // namespace berth::app
