#include "flavor/credential_source.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"

namespace berth::flavor {

using registry::Credential;

std::string PluginCredentials::location() const {
  return reason_.empty() ? "flavor " + flavor_ : fmt::format("flavor {}: {}", flavor_, reason_);
}

base::Result<std::optional<Credential>> PluginCredentials::find(
    const registry::CredentialRequest& question) {
  return refresh(question, false);
}

base::Result<ProvidedCredential> PluginCredentials::ask(const registry::CredentialRequest& question,
                                                        bool rejected) {
  if (!early_)
    return plugin_.ask_for_credential({question.host, question.repository, username_}, rejected);
  auto provided = std::move(*early_);
  early_.reset();
  return provided;
}

base::Result<std::optional<Credential>> PluginCredentials::refresh(
    const registry::CredentialRequest& question, bool rejected) {
  BERTH_TRY(auto provided, ask(question, rejected));
  reason_ = provided.reason;
  const bool other = provided.credential &&
                     provided.credential->kind == Credential::Kind::password &&
                     !username_.empty() && provided.credential->username != username_;
  if (!other) return std::move(provided.credential);
  reason_ = "its credentials are those of " + base::escape(provided.credential->username);
  return std::optional<Credential>();
}

base::Result<bool> PluginCredentials::is_expired(const registry::Rejection& rejection) {
  return plugin_.is_expired_credential(rejection);
}

}  // namespace berth::flavor
