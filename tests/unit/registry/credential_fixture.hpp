// Entries of credential files, and fake credential helpers.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "base/base64.hpp"
#include "registry/auth_file.hpp"
#include "registry/credential_chain.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

inline std::string pair(const std::string& username, const std::string& password) {
  return base::base64_encode(username + ":" + password);
}

inline std::string entry(const std::string& key, const std::string& username,
                         const std::string& password) {
  return "\"" + key + R"(":{"auth":")" + pair(username, password) + "\"}";
}

using Found = std::optional<registry::Credential>;

inline base::Result<Found> find_in(const std::string& text,
                                   const registry::CredentialRequest& question,
                                   registry::KeyRule keys = registry::KeyRule::docker) {
  static const base::Cancellation never;
  return registry::AuthFile({.location = "TEXT", .text = text, .keys = keys}, never).find(question);
}

// "USER/PASSWORD", "identity/TOKEN", "registry/TOKEN", "none", or the error's code.
inline std::string shown(const base::Result<Found>& found) {
  if (!found) return found.error().code();
  if (!*found) return "none";
  const auto& credential = **found;
  const std::string secret(credential.password.reveal());
  if (credential.kind == registry::Credential::Kind::identity_token) return "identity/" + secret;
  if (credential.kind == registry::Credential::Kind::registry_token) return "registry/" + secret;
  return credential.username + "/" + secret;
}

// A helper "docker-credential-NAME" in PATH: the shell script `body`, called with the action.
class FakeHelper {
 public:
  FakeHelper(const std::string& name, const std::string& body) : path_(std::getenv("PATH")) {
    ::chmod(directory_.write("docker-credential-" + name, "#!/bin/sh\n" + body + "\n").c_str(),
            0755);
    ::setenv("PATH", (directory_.path() + ":" + path_).c_str(), 1);
  }
  FakeHelper(const FakeHelper&) = delete;
  FakeHelper& operator=(const FakeHelper&) = delete;
  ~FakeHelper() { ::setenv("PATH", path_.c_str(), 1); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return directory_ / name; }

 private:
  TempDir directory_;
  std::string path_;
};

}  // namespace berth::test
