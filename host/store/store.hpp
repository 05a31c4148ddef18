// Store: the registered container registries, the pins and the active registry, in registries.json.
// Versioned, 0600; every change is read-modify-write under a lock between processes and atomic on disk. Never a secret.
// A file of a newer version, or one that is not what berth writes, is refused (class disk, "store.…") and left alone;
// unknown members of a known version are kept. A symbolic link is read through, and never written through or replaced.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "oci/registry_uri.hpp"

namespace berth::store {

struct ContainerRegistry {
  std::string name;
  std::string flavor;
  oci::RegistryUri uri;
  base::Json settings;  // an object of typed values
  std::vector<std::pair<std::string, std::string>> labels;
  base::Json stored = {};  // as it was read; null: new. What this version does not know of it goes back into the file
};

struct Pin {
  std::string path;
  std::string sha256;
  std::string flavor;
  std::vector<std::string> permissions;
  base::Json stored = {};
};

struct Contents {
  std::vector<ContainerRegistry> container_registries;  // in the order of registration
  std::vector<Pin> pins;
  std::string active;            // empty: none
  std::string unavailable = {};  // why registries.json could not even be looked for: "HOME is not set"; empty: it was

  // Class not-found, code "registry.unknown", with a near miss.
  [[nodiscard]] base::Result<const ContainerRegistry*> find(std::string_view name) const;
};

// [a-z0-9][a-z0-9-]*, at most 63, not "localhost". Class usage, code "registry.name".
base::Result<void> check_name(std::string_view name);

class Store {
 public:
  // `folder` is the configuration folder (…/berth); nothing is made before the first change.
  explicit Store(std::string folder);

  [[nodiscard]] base::Result<Contents> read() const;
  // Reads, lets `change` edit, checks (names once, active exists), writes. An error from `change` writes nothing.
  base::Result<void> update(const std::function<base::Result<void>(Contents&)>& change,
                            const base::Cancellation& cancellation);

 private:
  std::string folder_;
};

}  // namespace berth::store
