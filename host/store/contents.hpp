// Contents: what registries.json holds. Values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "oci/registry_uri.hpp"

namespace berth::store {

struct ContainerRegistry {
  std::string name;
  std::string flavor;
  oci::RegistryUri uri;
  base::Json settings;  // an object of typed values
  std::vector<std::pair<std::string, std::string>> labels;
  base::Json stored = {};  // as read; null: new. Its unknown members are written back
};

struct Pin {
  std::string path;
  std::string sha256;
  std::string flavor;
  std::vector<std::string> permissions;
  base::Json stored = {};
  bool development = false;  // the file may change; only path and permissions are pinned
};

// A malformed entry of the file. No command uses it; changes of other entries keep it.
struct UnusableEntry {
  enum class Kind { container_registry, plugin, active };
  Kind kind;
  std::string name;    // of the container registry or the plugin's flavor, as stored; may be empty
  std::string reason;  // "it has no flavor"
  std::string described;  // container registry "x" in /home/u/.config/berth/registries.json
  base::Json stored = {};
  std::size_t position = 0;  // among entries of its kind
};

struct Contents {
  std::vector<ContainerRegistry> container_registries;  // in the order of registration
  std::vector<Pin> pins;
  std::string active;                        // empty: none. May name an unusable container registry
  std::vector<UnusableEntry> unusable = {};  // in the order of the file
  std::string warning = {};                  // other users can change the file; empty: they cannot
  std::string unavailable = {};  // why the file could not be located: "HOME is not set"; else empty

  // Returns the container registry. Class not-found, code "registry.unknown", with a similar name;
  // class disk, code "store.entry", if the entry of that name is unusable.
  [[nodiscard]] base::Result<const ContainerRegistry*> find(std::string_view name) const;
  // The same; nullptr if no usable entry has that name.
  [[nodiscard]] const ContainerRegistry* registered(std::string_view name) const;
  // Returns nullptr if no unusable container registry has that name, or if a usable one has it too.
  [[nodiscard]] const UnusableEntry* find_unusable(std::string_view name) const;
  // Removes all container registries of that name, including unusable ones.
  void remove(const std::string& name);
};

// Checks a name: [a-z0-9][a-z0-9-]*, at most 63 characters, not "localhost". Class usage, code
// "registry.name".
base::Result<void> check_name(std::string_view name);

}  // namespace berth::store
