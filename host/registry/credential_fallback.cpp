#include "registry/credential_fallback.hpp"

#include <utility>

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

bool is_same(const Credential& left, const Credential& right) {
  return left.kind == right.kind && left.username == right.username &&
         left.password.reveal() == right.password.reveal();
}

}  // namespace

// After a broken source no later one is tried: a broken source may have credentials.
Error CredentialFallback::make_final(Error error) {
  final_ = error.clone();
  return error;
}

base::Result<void> CredentialFallback::load() {
  if (loaded_) return {};
  auto first = chain_.next();
  if (!first) return make_final(std::move(first).error());
  current_ = std::move(*first);
  loaded_ = true;
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"is", current_ ? current_->source : "anonymous"}});
  return {};
}

base::Result<void> CredentialFallback::refresh_if_expiring() {
  if (!current_ || !current_->renew_at || std::chrono::steady_clock::now() < *current_->renew_at)
    return {};
  current_->renew_at.reset();
  auto next = chain_.refresh(false);
  if (!next) return make_final(std::move(next).error());
  if (!*next) return {};
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"ended", current_->source}, {"next", (*next)->source}});
  current_ = std::move(*next);
  return {};
}

base::Result<std::optional<Credential>> CredentialFallback::refresh(AuthState& state) {
  if (!current_ || std::exchange(state.refreshed, true)) return std::optional<Credential>();
  auto next = chain_.refresh(true);
  if (!next) return make_final(std::move(next).error());
  if (*next && is_same(**next, *current_)) next->reset();
  return next;
}

bool CredentialFallback::recognises_expiry(const AuthState& state) const {
  return current_ && !state.refreshed && chain_.recognises_expiry();
}

base::Result<std::optional<Credential>> CredentialFallback::replace_expired(
    const Rejection& rejection, AuthState& state) {
  if (final_ || !current_ || state.refreshed) return std::optional<Credential>();
  BERTH_TRY(const bool expired, chain_.is_expired(rejection));
  if (!expired) return std::optional<Credential>();
  state.refreshed = true;
  auto next = chain_.refresh(true);
  if (!next) return make_final(std::move(next).error());
  return next;
}

base::Result<void> CredentialFallback::try_next(Error error, AuthState& state) {
  BERTH_TRY(auto next, refresh(state));
  if (!next) {
    const bool further = error.error_class() == ErrorClass::denied || !furthest_ ||
                         furthest_->error_class() != ErrorClass::denied;
    if (further) furthest_ = std::move(error);
    auto following = chain_.next();
    if (!following) return make_final(std::move(following).error());
    next = std::move(*following);
    const bool all_rejected = !next && furthest_->error_class() == ErrorClass::auth && !exchanged_;
    if (all_rejected && !state.optional) final_ = furthest_->clone();
    if (!next) return furthest_->clone();
    state.refreshed = false;
  }
  use(std::move(*next));
  state.retried = state.replaced = false;
  return {};
}

void CredentialFallback::use(Credential next) {
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"refused", current_->source}, {"next", next.source}});
  current_ = std::move(next);
  exchanged_ = verified_ = false;
}

std::optional<base::Secret> CredentialFallback::basic_header() const {
  return holds(Credential::Kind::password) ? std::optional(registry::basic_header(*current_))
                                           : std::nullopt;
}

std::optional<base::Secret> CredentialFallback::token_header() const {
  return holds(Credential::Kind::registry_token) ? std::optional(bearer_header(current_->password))
                                                 : std::nullopt;
}

void CredentialFallback::observe_verified(const base::Secret& sent) {
  auto header = basic_header();
  if (!header) header = token_header();
  if (header && header->reveal() == sent.reveal()) verified_ = true;
}

std::optional<bool> CredentialFallback::is_verified() const {
  return current_ ? std::optional(exchanged_ || verified_) : std::nullopt;
}

}  // namespace berth::registry
