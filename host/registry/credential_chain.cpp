#include <fmt/format.h>

#include "base/escape.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {

std::string login_name(const Credential* credential) {
  if (credential == nullptr) return "an anonymous user";
  if (credential->kind == Credential::Kind::identity_token) return "the identity token";
  if (credential->kind == Credential::Kind::registry_token) return "the registry token";
  return "user " + base::escape(credential->username, 120);
}

base::Result<std::optional<Credential>> CredentialSource::again(const CredentialQuestion&, bool) {
  return std::optional<Credential>();
}

base::Result<std::optional<Credential>> CredentialChain::next() {
  while (next_ < sources_.size()) {
    auto& [source, given] = sources_[next_++];
    last_ = source.get();
    auto credential = source->find(question_);
    tried_.push_back(source->place());  // afterwards: a source may say there why it has none
    if (!credential) return credential;
    if (!*credential) continue;
    if (given) next_ = sources_.size();
    return credential;
  }
  return std::optional<Credential>();
}

base::Result<std::optional<Credential>> CredentialChain::again(bool refused) {
  if (last_ == nullptr) return std::optional<Credential>();
  return last_->again(question_, refused);
}

base::Result<std::optional<Credential>> GivenCredential::find(const CredentialQuestion&) {
  return std::optional<Credential>(Credential{username_, password_.clone(),
                                              fmt::format("password of {}, from {}", base::escape(username_), from_),
                                              Credential::Kind::password});
}

}  // namespace berth::registry
