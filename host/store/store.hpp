// Store: the registered container registries, the pins and the active registry, in registries.json.
// Versioned, 0600; every change is read-modify-write under a lock between processes and atomic on disk. Never a secret.
// A file of a newer version, or one that is not JSON of this form, is refused (class disk, "store.…") and left alone.
// One entry that is malformed loses only its own use, and is kept as it is; so are unknown members of a known version.
// A symbolic link is read through, and never written through or replaced.
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

// An entry of the file that is malformed. No command uses it; changes of other entries keep it.
struct UnusableEntry {
  enum class Kind { container_registry, plugin, active };
  Kind kind;
  std::string name;       // of the container registry or the plugin's flavor, as stored; may be empty
  std::string reason;     // "it has no flavor"
  std::string described;  // container registry "x" in /home/u/.config/berth/registries.json
  base::Json stored = {};
  std::size_t position = 0;  // among the entries of its kind
};

struct Contents {
  std::vector<ContainerRegistry> container_registries;  // in the order of registration
  std::vector<Pin> pins;
  std::string active;                        // empty: none. May name an unusable container registry
  std::vector<UnusableEntry> unusable = {};  // in the order of the file
  std::string warning = {};                  // that other users can change the file; empty: they cannot
  std::string unavailable = {};  // why registries.json could not even be looked for: "HOME is not set"; empty: it was

  // Class not-found, code "registry.unknown", with a near miss; class disk, code "store.entry", if the entry of that
  // name is unusable.
  [[nodiscard]] base::Result<const ContainerRegistry*> find(std::string_view name) const;
  // nullptr if no unusable container registry has that name, or a usable one has it too.
  [[nodiscard]] const UnusableEntry* find_unusable(std::string_view name) const;
  // Removes every container registry of that name, unusable ones too.
  void remove(const std::string& name);
};

// [a-z0-9][a-z0-9-]*, at most 63, not "localhost". Class usage, code "registry.name".
base::Result<void> check_name(std::string_view name);

class Store {
 public:
  // What to do about a file that other users can change, or in whose directory they can replace it: it names programs,
  // plugins and where credentials are sent. With `refuse` class disk, codes "store.foreign-owner" and
  // "store.writable-by-others"; with `warn` it is used, and Contents::warning names it. A file of another user that
  // root reads, and one that a group can change, are always used with a warning.
  enum class Untrusted { refuse, warn };

  // `directory` is the configuration directory (…/berth); nothing is created before the first change.
  explicit Store(std::string directory, Untrusted untrusted = Untrusted::refuse);

  [[nodiscard]] base::Result<Contents> read() const;
  // Reads, lets `change` edit, checks (names once, active exists, what is written is read as the same values), writes.
  // An error from `change` writes nothing. Text that is not valid UTF-8 is class usage, code "registry.encoding".
  base::Result<void> update(const std::function<base::Result<void>(Contents&)>& change,
                            const base::Cancellation& cancellation);

 private:
  [[nodiscard]] std::string path() const { return directory_ + "/registries.json"; }
  [[nodiscard]] base::Result<std::string> check_trust() const;

  std::string directory_;
  Untrusted untrusted_;
};

}  // namespace berth::store
