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
      : plugin_(plugin), flavor_(std::move(flavor)), username_(std::move(username)), early_(std::move(early)) {}

  // Returns "flavor NAME", and the reason if the last request returned no usable credential.
  [[nodiscard]] std::string location() const override;
  base::Result<std::optional<registry::Credential>> find(const registry::CredentialRequest& question) override;
  base::Result<std::optional<registry::Credential>> refresh(const registry::CredentialRequest& question,
                                                            bool rejected) override;
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

// Validates the response to a request for credentials. The worker is not trusted: lengths and
// characters are checked against abi.h, "credentials/1". `path` is the plugin file, for errors.
// Errors: class plugin, code "plugin.bad-credential".
base::Result<ProvidedCredential> validate_credential(channel::GetCredential::Response response,
                                                     const std::string& flavor, const std::string& path);

// Returns the error for a flavor that reports that the source of its credentials is broken: class
// auth, code "auth.flavor".
base::Error broken_source(const std::string& flavor, const channel::PluginError& error);

// Returns when to refresh a credential that expires at `expires` (seconds since the Unix epoch):
// half a minute before, or after half of the remaining time if that is later. Returns std::nullopt
// if the expiry is not known (0), is more than a year away, or has passed already. In the last case
// a clock is probably wrong; such a credential is used until the registry rejects it.
std::optional<std::chrono::steady_clock::time_point> renewal_time(std::int64_t expires,
                                                                  std::chrono::system_clock::time_point now,
                                                                  std::chrono::steady_clock::time_point steady_now);

}  // namespace berth::flavor
