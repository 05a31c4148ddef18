// The programs docker-credential-NAME, which keep credentials for docker and its kin.
// Source: docker-credential-helpers, README "Development": one action as argument, host or JSON on standard input.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/credentials.hpp"

namespace berth::registry {

// Ends after 30 s or 1 MiB of output, with class auth, code "auth.helper", as everything that a helper does wrong.
class CredentialHelper {
 public:
  // `name`: what follows "docker-credential-"; letters, digits, dots, dashes and underscores. `cancellation` outlives
  // it.
  static base::Result<CredentialHelper> named(std::string name, const base::Cancellation& cancellation);

  [[nodiscard]] std::string program() const { return "docker-credential-" + name_; }
  // Nothing: the helper knows no credential for `server`.
  [[nodiscard]] base::Result<std::optional<Credential>> get(const std::string& server) const;
  [[nodiscard]] base::Result<void> store(const std::string& server, const std::string& username,
                                         const base::Secret& password) const;
  // Fine when there was none.
  [[nodiscard]] base::Result<void> erase(const std::string& server) const;

 private:
  CredentialHelper(std::string name, const base::Cancellation& cancellation)
      : name_(std::move(name)), cancellation_(&cancellation) {}
  std::string name_;
  const base::Cancellation* cancellation_;
};

// One helper that is asked for every host, under the names by which docker stores a host.
class HelperSource final : public CredentialSource {
 public:
  // `username`, unless empty: this user's credential alone.
  explicit HelperSource(CredentialHelper helper, std::string username = {})
      : helper_(std::move(helper)), username_(std::move(username)) {}
  [[nodiscard]] std::string place() const override { return helper_.program(); }
  base::Result<std::optional<Credential>> find(const CredentialQuestion& question) override;

 private:
  CredentialHelper helper_;
  std::string username_;
};

}  // namespace berth::registry
