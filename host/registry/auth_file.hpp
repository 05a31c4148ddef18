// AuthFile: credentials as docker (config.json) and containers tools (auth.json) keep them: `credHelpers`, `credsStore`
// and `auths` with `auth`, `username` and `password`, `identitytoken` or `registrytoken`.
// Source: docker CLI, cli/config/configfile; containers-auth.json(5).
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {

class AuthFile final : public CredentialSource {
 public:
  struct Options {
    std::string place;                // the file, or the variable that holds the text
    std::optional<std::string> text;  // the text itself; nothing: it is read from the file
    bool repository_keys = false;     // containers' host/namespace/repository keys: the longest match wins
    std::string username;             // not empty: this user's alone
  };
  // A missing file holds no credential. Bounded; a broken one is class auth, code "auth.config". `cancellation`
  // outlives the source.
  AuthFile(Options options, const base::Cancellation& cancellation)
      : options_(std::move(options)), cancellation_(cancellation) {}

  [[nodiscard]] std::string place() const override { return options_.place; }
  base::Result<std::optional<Credential>> find(const CredentialQuestion& question) override;

 private:
  [[nodiscard]] base::Result<std::optional<base::Json>> read() const;
  [[nodiscard]] base::Result<std::optional<Credential>> ask_helper(const base::Json& config,
                                                                   const std::string& host) const;
  [[nodiscard]] base::Result<std::optional<Credential>> read_entry(const base::Json& entry,
                                                                   const std::string& key) const;
  [[nodiscard]] base::Error broken(std::string cause) const;

  Options options_;
  const base::Cancellation& cancellation_;
};

}  // namespace berth::registry
