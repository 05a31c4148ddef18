// AuthStore: stores the credentials of `berth login` in docker's config.json, where other tools
// read them, and erases them for `berth logout`. A change edits the text of one entry; every other
// byte stays. Changes are made under a lock between processes; the file is replaced atomically with
// mode 0600 (written in place if it is a mount point). As in docker, a symbolic link stays and its
// target is changed. Another user's file is refused. Errors: class auth, code "auth.config"; class
// disk.
#pragma once

#include <string>

#include "base/cancellation.hpp"
#include "base/file_io.hpp"
#include "base/json_value.hpp"
#include "base/result.hpp"
#include "registry/credential_chain.hpp"

namespace berth::registry {

class AuthStore {
 public:
  // `file`: config.json. `cancellation` must outlive the store.
  AuthStore(const std::string& file, const base::Cancellation& cancellation);

  // Stores the credentials with the helper that the file names for the host, else in the file.
  // Returns the location.
  [[nodiscard]] base::Result<std::string> store(const std::string& host,
                                                const std::string& username,
                                                const base::Secret& password) const;
  // Deletes the host's credentials under every spelling. Returns whether there were any. Entries of
  // repositories stay.
  [[nodiscard]] base::Result<bool> erase(const std::string& host) const;

 private:
  struct Document {
    std::string text;
    base::Json config;  // `text`, parsed
  };
  [[nodiscard]] base::Result<bool> check_file() const;
  [[nodiscard]] base::Result<base::FileLock> lock() const;
  [[nodiscard]] base::Result<Document> read() const;
  [[nodiscard]] base::Result<bool> erase_from_helper(const base::Json& config,
                                                     const std::string& host) const;
  [[nodiscard]] base::Error unusable(std::string cause) const;

  std::string file_;  // with symbolic links resolved
  const base::Cancellation& cancellation_;
};

}  // namespace berth::registry
