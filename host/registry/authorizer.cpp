#include "registry/authorizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/base64.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using Header = std::optional<base::Secret>;

// A token that expires sooner is replaced before a request: a rejected upload would have to be repeated.
constexpr std::chrono::seconds kExpiryMargin{10};

base::Secret bearer(const base::Secret& token) { return base::Secret("Bearer " + std::string(token.reveal())); }

base::Secret basic(const Credential& credential) {
  return base::Secret("Basic " +
                      base::base64_encode(credential.username + ":" + std::string(credential.password.reveal())));
}

bool is_same(const Credential& left, const Credential& right) {
  return left.kind == right.kind && left.username == right.username &&
         left.password.reveal() == right.password.reveal();
}

// Returns whether another credential may avoid the error.
bool concerns_credential(const Error& error) {
  return error.code() == "auth.refused" || error.code() == "auth.required" || error.code() == "auth.denied";
}

}  // namespace

base::Result<Header> Authorizer::header(const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  if (final_) return with_tried_sources(final_->clone());
  if (auto prepared = prepare(scope, state); !prepared) return with_tried_sources(std::move(prepared).error());
  return current_header(scope);
}

base::Result<void> Authorizer::prepare(const TokenScope& scope, AuthState& state) {
  if (scheme_ == Scheme::unknown) return {};
  BERTH_CHECK(load_credential());
  const auto* token = token_for(scope);
  const bool bears_token = scheme_ == Scheme::bearer && !holds(Credential::Kind::registry_token);
  const bool is_current = bears_token && token != nullptr && token->expires - kExpiryMargin >= Clock::now();
  if (is_current && !lacks_push(scope, state)) return {};
  if (is_current && entry_of(scope).push_denied) return push_denied(scope);
  BERTH_CHECK(refresh_if_expiring());
  if (scheme_ != Scheme::bearer) return {};
  return ensure_token(scope, state);
}

// Asks the source only once: if it has no replacement, the credential is used until it is rejected.
base::Result<void> Authorizer::refresh_if_expiring() {
  if (!found_ || !found_->renew_at || Clock::now() < *found_->renew_at) return {};
  found_->renew_at.reset();
  auto next = credentials_.again(false);
  if (!next) return keep_broken(std::move(next).error());
  if (!*next) return {};
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"ended", found_->origin}, {"next", (*next)->origin}});
  found_ = std::move(*next);
  return {};
}

Authorizer::Entry& Authorizer::entry_of(const TokenScope& scope) {
  auto& entry = entries_[scope.key()];
  if (entry.scopes.empty()) entry.scopes.add(scope.scope);
  return entry;
}

bool Authorizer::is_challenged() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown;
}

void Authorizer::observe_verified(const base::Secret& sent) {
  const std::lock_guard lock(mutex_);
  if (holds(Credential::Kind::password) && basic(*found_).reveal() == sent.reveal()) verified_ = true;
  if (holds(Credential::Kind::registry_token) && bearer(found_->password).reveal() == sent.reveal()) verified_ = true;
}

std::optional<bool> Authorizer::is_verified() {
  const std::lock_guard lock(mutex_);
  return found_ ? std::optional(proven_ || verified_) : std::nullopt;
}

Header Authorizer::basic_header() {
  const std::lock_guard lock(mutex_);
  return holds(Credential::Kind::password) ? Header(basic(*found_)) : std::nullopt;
}

// Returns the scope's own token, else one with more scopes: an exchange can be slower than the request that needs it.
const Token* Authorizer::token_for(const TokenScope& scope) const {
  const auto own = entries_.find(scope.key());
  if (own != entries_.end() && own->second.token) return &*own->second.token;
  ScopeSet scopes(scope.scope);
  scopes.add(scope.mount_scope);
  for (const auto& [key, entry] : entries_)
    if (entry.token && !scopes.empty() && entry.scopes.covers(scopes)) return &*entry.token;
  return nullptr;
}

Header Authorizer::current_header(const TokenScope& scope) const {
  if (scheme_ == Scheme::basic && holds(Credential::Kind::password)) return basic(*found_);
  if (scheme_ != Scheme::bearer) return std::nullopt;
  if (holds(Credential::Kind::registry_token)) return bearer(found_->password);
  const auto* token = token_for(scope);
  return token != nullptr ? Header(bearer(token->value)) : std::nullopt;
}

// After a broken source no later one is tried: a broken source may have credentials.
Error Authorizer::keep_broken(Error error) {
  final_ = error.clone();
  return error;
}

base::Result<void> Authorizer::load_credential() {
  if (loaded_) return {};
  auto first = credentials_.next();
  if (!first) return keep_broken(std::move(first).error());
  found_ = std::move(*first);
  loaded_ = true;
  log_.write(base::LogLevel::step, "credential", {{"host", host_}, {"is", found_ ? found_->origin : "anonymous"}});
  return {};
}

void Authorizer::observe_accepted(const base::Secret& sent, bool reads) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, entry] : entries_) {
    if ((entry.unaccepted == 0 && entry.unaccepted_writes == 0) || !is_token_of(entry, &sent)) continue;
    entry.unaccepted = 0;
    if (!reads) entry.unaccepted_writes = 0;
  }
}

base::Result<void> Authorizer::exchange(Entry& entry, const std::string& mount_scope) {
  const bool both = !mount_scope.empty() && !entry.mount_scope_fails;
  ScopeSet scopes = entry.scopes;
  if (both) scopes.add(mount_scope);
  if (found_) BERTH_CHECK(check_realm(named_realm_, origin_, true));
  TokenRequest request = service_;
  request.scopes = scopes.list();
  auto token = fetch_token(pool_, host_, request, credential());
  if (!token && both && concerns_credential(token.error())) {
    entry.mount_scope_fails = true;
    return exchange(entry, mount_scope);
  }
  if (!token) return std::move(token).error();
  log_.write(base::LogLevel::step, "token",
             {{"host", host_}, {"scope", fmt::format("{}", fmt::join(request.scopes, " "))}});
  // The service that the challenge named does not work: from now on that of the registry's own origin.
  if (token->realm != service_.realm) service_ = {.realm = token->realm, .service = service_.service, .scopes = {}};
  if (holds(Credential::Kind::identity_token) && token->identity) found_->password = token->identity->clone();
  entry.token = std::move(*token);
  ++entry.unaccepted;
  ++entry.unaccepted_writes;
  proven_ = proven_ || found_.has_value();
  return {};
}

bool Authorizer::lacks_push(const TokenScope& scope, const AuthState& state) const {
  const auto* token = state.writes ? token_for(scope) : nullptr;
  if (token == nullptr || !token->denies_push) return false;
  return ScopeSet(scope.scope).covers(ScopeSet("repository:" + repository_of(scope.scope) + ":push"));
}

// Returns once there is a token: from the first credential that the service accepts and, if the request writes, that
// grants push. Terminates because every round uses up a credential.
base::Result<void> Authorizer::ensure_token(const TokenScope& scope, AuthState& state) {
  while (!holds(Credential::Kind::registry_token)) {
    auto exchanged = exchange(entry_of(scope), scope.mount_scope);
    if (exchanged && lacks_push(scope, state)) {
      entry_of(scope).push_denied = true;
      exchanged = push_denied(scope);
    }
    if (exchanged) return {};
    if (!found_ || !concerns_credential(exchanged.error())) return std::move(exchanged).error();
    BERTH_CHECK(try_next_credential(std::move(exchanged).error(), state));
  }
  return {};
}

// Returns a replacement from the same source; std::nullopt if it has none.
base::Result<std::optional<Credential>> Authorizer::refresh_credential(AuthState& state) {
  if (!found_ || std::exchange(state.refreshed, true)) return std::optional<Credential>();
  auto next = credentials_.again(true);
  if (!next) return keep_broken(std::move(next).error());
  if (*next && is_same(**next, *found_)) next->reset();
  return next;
}

// Replaces the credential in use by another one from its source, or by the next source's. If none is left, returns
// the error of the credential that got furthest; if all were rejected, every later request returns it too.
base::Result<void> Authorizer::try_next_credential(Error error, AuthState& state) {
  BERTH_TRY(auto next, refresh_credential(state));
  if (!next) {
    const bool further =
        error.error_class() == ErrorClass::denied || !furthest_ || furthest_->error_class() != ErrorClass::denied;
    if (further) furthest_ = redacted(std::move(error));
    auto following = credentials_.next();
    if (!following) return keep_broken(std::move(following).error());
    next = std::move(*following);
    const bool all_rejected = !next && furthest_->error_class() == ErrorClass::auth && !proven_;
    if (all_rejected && !state.optional) final_ = furthest_->clone();
    if (!next) return furthest_->clone();
    state.refreshed = false;
  }
  use_credential(std::move(*next));
  state.retried = state.replaced = false;
  return {};
}

void Authorizer::use_credential(Credential next) {
  log_.write(base::LogLevel::step, "credential", {{"host", host_}, {"refused", found_->origin}, {"next", next.origin}});
  found_ = std::move(next);
  proven_ = verified_ = false;
  for (auto& [key, entry] : entries_) {
    entry.token.reset();
    entry.unaccepted = entry.unaccepted_writes = entry.optional_renewals = 0;
    entry.widened = entry.mount_scope_fails = entry.push_denied = false;
  }
}

bool Authorizer::is_token_of(const Entry& entry, const base::Secret* sent) {
  return sent != nullptr && entry.token && bearer(entry.token->value).reveal() == sent->reveal();
}

}  // namespace berth::registry
