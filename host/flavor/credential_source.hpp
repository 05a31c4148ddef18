// What a flavor provides through its capability credentials/1, as a source of credentials like any other.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "flavor/plugin.hpp"
#include "registry/credentials.hpp"

namespace berth::flavor {

class PluginCredentials final : public registry::CredentialSource {
 public:
  // `plugin` must outlive it. `username`: only credentials of this user are used; empty: of any. `early`: the result of
  // an earlier request, which is used in place of the first one: a source that fails is not asked twice.
  PluginCredentials(Plugin& plugin, std::string flavor, std::string username,
                    std::optional<base::Result<ProvidedCredential>> early = std::nullopt)
      : plugin_(plugin), flavor_(std::move(flavor)), username_(std::move(username)), early_(std::move(early)) {}

  // With the reason, once the flavor gave none.
  [[nodiscard]] std::string place() const override;
  base::Result<std::optional<registry::Credential>> find(const registry::CredentialQuestion& question) override;
  base::Result<std::optional<registry::Credential>> again(const registry::CredentialQuestion& question,
                                                          bool refused) override;
  [[nodiscard]] bool recognises_expiry() const override { return plugin_.recognises_expiry(); }
  base::Result<bool> is_expired(const registry::Rejection& rejection) override;

 private:
  base::Result<ProvidedCredential> ask(const registry::CredentialQuestion& question, bool refused);

  Plugin& plugin_;
  std::string flavor_;
  std::string username_;
  std::string reason_;
  std::optional<base::Result<ProvidedCredential>> early_;
};

// Of a worker's reply, which is not believed: bounds and characters are those of abi.h, "credentials/1".
base::Result<ProvidedCredential> parse_provided(const base::Json& reply, const std::string& flavor,
                                                const std::string& path);

// The flavor says that what a credential would come from is broken.
base::Error broken_source(const std::string& flavor, const base::Json& reply);

// When a credential that ends at `expires` (seconds since 1970) is asked for anew; nothing: its end is not known, long
// away, or has passed already, as it seems where a clock is wrong: then it is used until it is refused.
std::optional<std::chrono::steady_clock::time_point> renewal_time(std::int64_t expires,
                                                                  std::chrono::system_clock::time_point now,
                                                                  std::chrono::steady_clock::time_point steady_now);

}  // namespace berth::flavor
