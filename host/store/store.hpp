// Store: the registered container registries, the plugin pins and the active registry, stored in
// registries.json. The file is versioned, has mode 0600 and never contains secrets. Every change is
// a read-modify-write under a lock between processes, written atomically. A file of a newer
// version, or that is not JSON of this format, is rejected (class disk, "store.…") and not changed.
// A malformed entry is unusable but kept; so are unknown members. A symbolic link is followed for
// reading, but never written through or replaced.
#pragma once

#include <functional>
#include <string>

#include "base/cancellation.hpp"
#include "base/result.hpp"
#include "store/contents.hpp"

namespace berth::store {

class Store {
 public:
  // What to do if other users can change the file, or replace it in its directory: it names
  // programs, plugins and the hosts that receive credentials. `refuse`: class disk, codes
  // "store.foreign-owner" and "store.writable-by-others". `warn`: it is used, and Contents::warning
  // reports it. Another user's file read by root, and a file that a group can change, always cause
  // only a warning.
  enum class Untrusted { refuse, warn };

  // `directory` is the configuration directory (…/berth); it is not created before the first
  // change.
  explicit Store(std::string directory, Untrusted untrusted = Untrusted::refuse);

  [[nodiscard]] base::Result<Contents> read() const;
  // Reads the file, calls `change`, checks the result (unique names, the active registry exists,
  // the written text reads back as the same values) and writes it. If `change` fails, the file is
  // not written. Text that is not valid UTF-8 is class usage, code "registry.encoding".
  base::Result<void> update(const std::function<base::Result<void>(Contents&)>& change,
                            const base::Cancellation& cancellation);

 private:
  [[nodiscard]] std::string path() const { return directory_ + "/registries.json"; }
  [[nodiscard]] base::Result<std::string> check_trust() const;

  std::string directory_;
  Untrusted untrusted_;
};

}  // namespace berth::store
