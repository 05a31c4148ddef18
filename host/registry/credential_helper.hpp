// CredentialHelper: a program docker-credential-NAME, which stores credentials for docker and other
// tools. Source: docker-credential-helpers, README "Development": one action as argument, host or
// JSON on standard input.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/run_program.hpp"
#include "registry/credential_chain.hpp"

namespace berth::registry {

// The helper is terminated after 30 s or 1 MiB of output. If it is not installed, fails, or
// responds without a secret or with fields of other types, the error is of class auth, code
// "auth.helper", and names it.
class CredentialHelper {
 public:
  // `name`: the part after "docker-credential-"; letters, digits, dots, dashes and underscores.
  // `cancellation` must outlive the helper.
  static base::Result<CredentialHelper> named(std::string name,
                                              const base::Cancellation& cancellation,
                                              const base::ProgramLimits& limits = {});

  [[nodiscard]] std::string program() const { return "docker-credential-" + name_; }
  [[nodiscard]] bool is_installed() const;
  // Returns std::nullopt if the helper has no credentials for `server`. Ignores text after the
  // response, as Go does.
  [[nodiscard]] base::Result<std::optional<Credential>> get(const std::string& server) const;
  [[nodiscard]] base::Result<void> store(const std::string& server, const std::string& username,
                                         const base::Secret& password) const;
  // Succeeds also if there were no credentials.
  [[nodiscard]] base::Result<void> erase(const std::string& server) const;

 private:
  CredentialHelper(std::string name, const base::Cancellation& cancellation,
                   const base::ProgramLimits& limits)
      : name_(std::move(name)), limits_(limits), cancellation_(&cancellation) {}
  [[nodiscard]] base::Result<base::ProgramResult> run(const char* action,
                                                      const std::string& input) const;

  std::string name_;
  base::ProgramLimits limits_;
  const base::Cancellation* cancellation_;
};

// HelperSource: one helper for every host. It is asked for each key under which docker stores the
// host.
class HelperSource final : public CredentialSource {
 public:
  // `username`, unless empty: only this user's credentials.
  explicit HelperSource(CredentialHelper helper, std::string username = {})
      : helper_(std::move(helper)), username_(std::move(username)) {}
  [[nodiscard]] std::string location() const override { return helper_.program(); }
  base::Result<std::optional<Credential>> find(const CredentialRequest& request) override;

 private:
  CredentialHelper helper_;
  std::string username_;
};

}  // namespace berth::registry
