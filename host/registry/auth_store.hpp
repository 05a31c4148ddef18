// AuthStore: docker's config.json as a place where credentials are kept, so that docker and its kin read what berth
// wrote. Changes are read-modify-write under a lock between processes, atomic, mode 0600; unknown members and the order
// of all stay. A file that is a symbolic link, or another user's, is refused. Class auth, code "auth.config"; class
// disk.
#pragma once

#include <string>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {

class AuthStore {
 public:
  // `file`: config.json. `cancellation` outlives the store.
  AuthStore(std::string file, const base::Cancellation& cancellation)
      : file_(std::move(file)), cancellation_(cancellation) {}

  // Where the host's credential went, in words: through the helper that the file names for it, else in the file.
  [[nodiscard]] base::Result<std::string> keep(const std::string& host, const std::string& username,
                                               const base::Secret& password) const;
  // Whether there was one, under any of the host's names.
  [[nodiscard]] base::Result<bool> forget(const std::string& host) const;

 private:
  [[nodiscard]] base::Result<base::Json> read() const;
  [[nodiscard]] base::Result<void> write(const base::Json& config) const;
  std::string file_;
  const base::Cancellation& cancellation_;
};

}  // namespace berth::registry
