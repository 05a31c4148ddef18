// PluginCredentials: a credential source backed by the extension credentials/1 of a flavor.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"
#include "flavor/plugin.hpp"
#include "registry/credential_chain.hpp"

namespace berth::flavor {

class PluginCredentials final : public registry::CredentialSource {
 public:
  // `plugin` must outlive this object. If `username` is not empty, passwords of other users are
  // ignored. `early` is the result of a request that was sent before; it replaces the first
  // request, so that a source that fails is not asked twice.
  PluginCredentials(Plugin& plugin, std::string flavor, std::string username,
                    std::optional<base::Result<ProvidedCredential>> early = std::nullopt)
      : plugin_(plugin),
        flavor_(std::move(flavor)),
        username_(std::move(username)),
        early_(std::move(early)) {}

  // Returns "flavor NAME", and the reason if the last request returned no usable credential.
  [[nodiscard]] std::string location() const override;
  base::Result<std::optional<registry::Credential>> find(
      const registry::CredentialRequest& question) override;
  base::Result<std::optional<registry::Credential>> refresh(
      const registry::CredentialRequest& question, bool rejected) override;
  [[nodiscard]] bool recognises_expiry() const override { return plugin_.recognises_expiry(); }
  base::Result<bool> is_expired(const registry::Rejection& rejection) override;

 private:
  base::Result<ProvidedCredential> ask(const registry::CredentialRequest& question, bool rejected);

  Plugin& plugin_;
  std::string flavor_;
  std::string username_;
  std::string reason_;
  std::optional<base::Result<ProvidedCredential>> early_;
};

}  // namespace berth::flavor
