// How Authorizer handles challenges and refusals.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "registry/api_error.hpp"
#include "registry/authorizer.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {

using base::Error;
using base::ErrorClass;

namespace {

// Per request; after that, the token that other threads share is considered rejected too.
constexpr int kMaxReused = 8;
// If a registry keeps responding with 401, one more token is requested than it should need.
constexpr int kMaxUnaccepted = 2;
// Per scope: before the push, and once more after it, since the repository may be new.
constexpr int kMaxOptionalRenewals = 2;

std::vector<Challenge> challenges_of(const http::Response& response) {
  std::vector<Challenge> all;
  for (const auto header : response.header_all("www-authenticate"))
    for (auto& challenge : parse_challenges(header)) all.push_back(std::move(challenge));
  return all;
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const auto& challenge : challenges)
    if (challenge.scheme == scheme) return &challenge;
  return nullptr;
}

Error unsupported_scheme(const std::string& host, const std::vector<Challenge>& challenges,
                         const http::Response& response) {
  std::vector<std::string> schemes;
  for (const auto& challenge : challenges) schemes.push_back(challenge.scheme);
  return Error(ErrorClass::auth, "auth.scheme", host + " requires an unsupported authentication scheme")
      .cause(schemes.empty() ? "401 without a challenge (WWW-Authenticate)"
                             : fmt::format("it requires {}; supported: Basic, Bearer", fmt::join(schemes, ", ")))
      .registry(registry_words(response));
}

}  // namespace

// Drops the tokens of another service.
void Authorizer::apply_challenge(const Challenge& challenge, const http::Response& response) {
  const auto named = challenge.parameter("realm");
  scheme_ = Scheme::bearer;
  if (named == named_realm_ && challenge.parameter("service") == service_.service) return;
  for (auto& [key, entry] : entries_) entry.token.reset();
  const auto realm = resolve_realm(named, origin_);
  service_ = {realm,
              challenge.parameter("service"),
              {},
              realm_addresses(realm, origin_, response.address),
              own_realm(realm, origin_)};
  named_realm_ = named;
}

void Authorizer::observe_challenge(const http::Response& response) {
  const std::lock_guard lock(mutex_);
  if (scheme_ != Scheme::unknown || response.status != 401) return;
  const auto challenges = challenges_of(response);
  const auto* bearer = find_scheme(challenges, "bearer");
  if (bearer != nullptr && check_realm(bearer->parameter("realm"), origin_, false))
    return apply_challenge(*bearer, response);
  if (find_scheme(challenges, "basic") != nullptr) scheme_ = Scheme::basic;
}

base::Result<void> Authorizer::handle_unauthorized(const http::Response& response, const base::Secret* sent,
                                                   const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  auto handled =
      final_ ? base::Result<void>(final_->clone()) : handle_unauthorized_locked(response, sent, scope, state);
  if (!handled) return with_tried_sources(std::move(handled).error());
  return handled;
}

base::Result<void> Authorizer::handle_unauthorized_locked(const http::Response& response, const base::Secret* sent,
                                                          const TokenScope& scope, AuthState& state) {
  BERTH_CHECK(load_credential());
  // Another thread may have handled the same challenge in the meantime.
  const auto now = current_header(scope);
  const bool changed = now && (sent == nullptr || now->reveal() != sent->reveal());
  if (changed && ++state.reused <= kMaxReused) return {};
  const auto challenges = challenges_of(response);
  const bool offers_basic = find_scheme(challenges, "basic") != nullptr;
  if (const auto* challenge = find_scheme(challenges, "bearer"); challenge != nullptr) {
    auto usable = check_realm(challenge->parameter("realm"), origin_, found_.has_value());
    if (usable) return handle_bearer(response, *challenge, sent, scope, state);
    if (!offers_basic) return std::move(usable).error();
  }
  // Without a challenge, the previous one applies.
  const bool known = challenges.empty() && scheme_ != Scheme::unknown;
  if (known && scheme_ == Scheme::bearer) return handle_bearer(response, {"bearer", {}}, sent, scope, state);
  if (!offers_basic && !known && found_) return unsupported_scheme(host_, challenges, response);
  return handle_basic(response, sent != nullptr, scope, state);
}

bool Authorizer::recognises_expiry(const AuthState& state) {
  const std::lock_guard lock(mutex_);
  return found_ && !state.refreshed && credentials_.recognises_expiry();
}

base::Result<bool> Authorizer::renew_expired(const Rejection& rejection, const base::Secret& sent,
                                             const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  const auto now = current_header(scope);
  if (now && now->reveal() != sent.reveal() && ++state.reused <= kMaxReused) return true;
  if (final_ || !found_ || state.refreshed) return false;
  BERTH_TRY(const bool expired, credentials_.is_expired(rejection));
  if (!expired) return false;
  state.refreshed = true;
  auto next = credentials_.again(true);
  if (!next) return with_tried_sources(keep_broken(std::move(next).error()));
  if (!*next) return false;
  use_credential(std::move(**next));
  return true;
}

base::Result<void> Authorizer::handle_basic(const http::Response& response, bool sent, const TokenScope& scope,
                                            AuthState& state) {
  if (found_ && sent && (state.retried || scheme_ == Scheme::basic)) {
    if (!state.optional) {
      BERTH_CHECK(try_next_credential(rejected(response), state));
    } else {
      BERTH_TRY(auto next, refresh_credential(state));
      if (!next) return denied(registry_words(response), scope, state.reads);
      use_credential(std::move(*next));
    }
  }
  scheme_ = Scheme::basic;
  while (found_ && found_->kind != Credential::Kind::password)
    BERTH_CHECK(
        try_next_credential(Error(ErrorClass::auth, "auth.scheme", host_ + " requires a user name and a password")
                                .cause("found: " + found_->origin)
                                .registry(registry_words(response)),
                            state));
  if (!found_) return required(registry_words(response));
  state.retried = true;
  return {};
}

// Returns whether a 401 for `sent` is final. A token that was accepted before may have been revoked: it is replaced
// once. So is one that was never accepted, unless the previous token was not accepted either, its claims show that it
// does not grant what is needed, or the request is optional.
bool Authorizer::is_final(const Entry& entry, const Challenge& challenge, const base::Secret* sent,
                          const AuthState& state) const {
  if (sent == nullptr) return false;
  if (holds(Credential::Kind::registry_token)) return true;
  if (!is_token_of(entry, sent)) return state.retried;
  if (state.optional && entry.optional_renewals >= kMaxOptionalRenewals) return true;
  const int unaccepted = state.writes ? entry.unaccepted_writes : entry.unaccepted;
  if (state.replaced || unaccepted >= kMaxUnaccepted) return true;
  if (unaccepted == 0) return false;
  if (!found_ || state.optional) return true;
  const std::string needed = challenge.parameter("scope");
  if (needed.find(' ') != std::string::npos) return false;
  const auto grants = granted_actions(entry.token->value, needed);
  return grants && !ScopeSet(needed.substr(0, needed.rfind(':') + 1) + *grants).covers(ScopeSet(needed));
}

base::Result<void> Authorizer::handle_bearer(const http::Response& response, const Challenge& challenge,
                                             const base::Secret* sent, const TokenScope& scope, AuthState& state) {
  if (!challenge.parameters.empty()) apply_challenge(challenge, response);
  // The request's own scope comes first: some services read only the first one.
  auto& entry = entry_of(scope);
  ScopeSet scopes(challenge.parameter("scope"));
  if (scope.within) scopes = scopes.readable_below(*scope.within);
  const bool wider = !entry.scopes.covers(scopes);
  scopes.add(entry.scopes);
  entry.scopes = scopes;
  const bool widen = wider && !entry.widened && challenge.parameter("error") == "insufficient_scope";
  entry.widened = entry.widened || widen;
  if (!widen && is_final(entry, challenge, sent, state)) {
    if (!found_) return required(registry_words(response));
    auto error = holds(Credential::Kind::registry_token) ? rejected(response)
                                                         : denied(registry_words(response), scope, state.reads);
    if (state.optional) return error;
    BERTH_CHECK(try_next_credential(std::move(error), state));
  }
  state.replaced = sent != nullptr;
  if (sent != nullptr && state.optional) ++entry.optional_renewals;
  BERTH_CHECK(ensure_token(scope, state));
  state.retried = true;
  return {};
}

bool Authorizer::authenticate_unasked(AuthState& state) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(state.retried, true) || final_ || !found_) return false;
  if (scheme_ == Scheme::unknown) scheme_ = Scheme::basic;
  return scheme_ == Scheme::bearer || holds(Credential::Kind::password);
}

}  // namespace berth::registry
