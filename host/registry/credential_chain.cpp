#include "registry/credential_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"

namespace berth::registry {
namespace {

std::string describe_outcome(const Tried& tried) {
  switch (tried.outcome) {
    case Tried::Outcome::absent:
      return "none";
    case Tried::Outcome::in_use:
      return tried.account;
    case Tried::Outcome::rejected:
      return tried.account + ": rejected";
    case Tried::Outcome::broken:
      return "broken";
  }
  return "";
}

}  // namespace

base::Result<std::optional<Credential>> CredentialSource::refresh(const CredentialRequest&, bool) {
  return std::optional<Credential>();
}

base::Result<bool> CredentialSource::is_expired(const Rejection&) { return false; }

base::Result<bool> CredentialChain::is_expired(const Rejection& rejection) {
  if (last_ == nullptr) return false;
  return last_->is_expired(rejection);
}

base::Result<std::optional<Credential>> CredentialChain::refresh(bool rejected) {
  if (last_ == nullptr) return std::optional<Credential>();
  return last_->refresh(request_, rejected);
}

void CredentialChain::record_rejection() {
  if (in_use_) tried_[*in_use_].outcome = Tried::Outcome::rejected;
  in_use_.reset();
}

base::Result<std::optional<Credential>> CredentialChain::end() {
  const bool any =
      std::ranges::any_of(tried_, [](const Tried& tried) { return !tried.account.empty(); });
  if (ends_anonymous() || any) return std::optional<Credential>();
  const std::string who = only_user_.empty() ? "" : " of user " + base::escape(only_user_, 120);
  return base::Error(
             base::ErrorClass::auth, "auth.not-given",
             fmt::format("no credentials{} for {} in the configured source", who, request_.host))
      .fix("berth login " + request_.host + ", or pass --username USER --password-stdin");
}

base::Result<std::optional<Credential>> CredentialChain::next() {
  record_rejection();
  while (next_ < sources_.size()) {
    auto& [source, is_explicit] = sources_[next_++];
    last_ = source.get();
    auto credential = source->find(request_);
    // location() must be called after find(): then it may explain why the source has no credential.
    tried_.push_back(
        {source->location(), {}, credential ? Tried::Outcome::absent : Tried::Outcome::broken});
    if (!credential) return credential;
    if (!*credential) continue;
    tried_.back().account = describe_account(&**credential);
    tried_.back().outcome = Tried::Outcome::in_use;
    in_use_ = tried_.size() - 1;
    if (is_explicit) next_ = sources_.size();
    return credential;
  }
  return end();
}

std::string describe_attempts(const std::vector<Tried>& sources) {
  std::string text;
  for (const auto& tried : sources)
    text += fmt::format("{}{} ({})", text.empty() ? "tried: " : ", ", tried.location,
                        describe_outcome(tried));
  return text;
}

base::Result<std::optional<Credential>> ExplicitCredential::find(const CredentialRequest&) {
  return std::optional<Credential>(
      Credential{username_, password_.clone(),
                 fmt::format("password of {}, from {}", base::escape(username_), location_),
                 Credential::Kind::password});
}

}  // namespace berth::registry
