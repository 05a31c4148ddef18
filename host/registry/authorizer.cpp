#include "registry/authorizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/base64.hpp"
#include "registry/api_error.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using Header = std::optional<base::Secret>;

// A token that expires sooner is replaced first: a rejected upload would have to be repeated.
constexpr std::chrono::seconds kExpiryMargin{10};
// Of one request, before the token that other threads share is taken to be rejected as well.
constexpr int kMaxReused = 8;
// A registry that keeps responding with 401 gets one fresh token more than it would need.
constexpr int kMaxUnaccepted = 2;

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

base::Secret bearer(const base::Secret& token) { return base::Secret("Bearer " + std::string(token.reveal())); }

base::Secret basic(const Credential& credential) {
  return base::Secret("Basic " +
                      base::base64_encode(credential.username + ":" + std::string(credential.password.reveal())));
}

bool is_same(const Credential& left, const Credential& right) {
  return left.kind == right.kind && left.username == right.username &&
         left.password.reveal() == right.password.reveal();
}

// Errors that another credential may avoid.
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
  if (bears_token && token != nullptr && token->expires - kExpiryMargin >= Clock::now()) return {};
  BERTH_CHECK(refresh_if_expiring());
  if (scheme_ != Scheme::bearer) return {};
  return ensure_token(scope, state);
}

// A source without a replacement is not asked at every request: the credential is then used until it is rejected.
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

// Its own, else one that was requested with more scopes: each exchange may take as long as everything else.
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

// Sources after a broken one are not asked later either: what is broken is not absent.
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

// Tokens of another service are dropped.
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
  if (bearer != nullptr && check_realm(bearer->parameter("realm"), origin_)) return apply_challenge(*bearer, response);
  if (find_scheme(challenges, "basic") != nullptr) scheme_ = Scheme::basic;
}

void Authorizer::observe_accepted(const base::Secret& sent) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, entry] : entries_)
    if (entry.unaccepted > 0 && is_token_of(entry, &sent)) entry.unaccepted = 0;
}

base::Result<void> Authorizer::exchange(Entry& entry, const std::string& mount_scope) {
  const bool both = !mount_scope.empty() && !entry.mount_scope_fails;
  ScopeSet scopes = entry.scopes;
  if (both) scopes.add(mount_scope);
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
  service_.realm = token->realm;
  if (holds(Credential::Kind::identity_token) && token->identity) found_->password = token->identity->clone();
  entry.token = std::move(*token);
  ++entry.unaccepted;
  proven_ = proven_ || found_.has_value();
  return {};
}

// Returns once there is a token, from the first credential that the service accepts. Terminates: every round uses up a
// credential.
base::Result<void> Authorizer::ensure_token(const TokenScope& scope, AuthState& state) {
  while (!holds(Credential::Kind::registry_token)) {
    auto exchanged = exchange(entry_of(scope), scope.mount_scope);
    if (exchanged) return {};
    if (!found_ || !concerns_credential(exchanged.error())) return std::move(exchanged).error();
    BERTH_CHECK(try_next_credential(std::move(exchanged).error(), state));
  }
  return {};
}

// A replacement from the same source; std::nullopt: it has none.
base::Result<std::optional<Credential>> Authorizer::refresh_credential(AuthState& state) {
  if (!found_ || std::exchange(state.refreshed, true)) return std::optional<Credential>();
  auto next = credentials_.again(true);
  if (!next) return keep_broken(std::move(next).error());
  if (*next && is_same(**next, *found_)) next->reset();
  return next;
}

// Replaces the credential in use by another one of its source, or by the next one. If there is none, returns the error
// that got furthest; if all were rejected, from then on every request does.
base::Result<void> Authorizer::try_next_credential(Error error, AuthState& state) {
  BERTH_TRY(auto next, refresh_credential(state));
  if (!next) {
    const bool further =
        error.error_class() == ErrorClass::denied || !furthest_ || furthest_->error_class() != ErrorClass::denied;
    if (further) furthest_ = redacted(std::move(error));
    auto following = credentials_.next();
    if (!following) return keep_broken(std::move(following).error());
    next = std::move(*following);
    if (!next && furthest_->error_class() == ErrorClass::auth && !proven_) final_ = furthest_->clone();
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
  proven_ = false;
  for (auto& [key, entry] : entries_) {
    entry.token.reset();
    entry.unaccepted = 0;
    entry.widened = entry.mount_scope_fails = false;
  }
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
    auto usable = check_realm(challenge->parameter("realm"), origin_);
    if (usable) return handle_bearer(response, *challenge, sent, scope, state);
    if (!offers_basic) return std::move(usable).error();
  }
  // Without a challenge, the one that was seen before is in force.
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
      if (!next) return denied(response, scope, state.reads);
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
  if (!found_) return required(response);
  state.retried = true;
  return {};
}

bool Authorizer::is_token_of(const Entry& entry, const base::Secret* sent) {
  return sent != nullptr && entry.token && bearer(entry.token->value).reveal() == sent->reveal();
}

// Whether a 401 for what was sent is final. A token that the registry has accepted before may have been revoked: it is
// replaced once. So is one that was never accepted, unless its replacement was not either, it shows itself that it does
// not grant what is needed, or the request is optional.
bool Authorizer::is_final(const Entry& entry, const Challenge& challenge, const base::Secret* sent,
                          const AuthState& state) const {
  if (sent == nullptr || holds(Credential::Kind::registry_token)) return sent != nullptr;
  if (!is_token_of(entry, sent)) return state.retried;
  if (state.replaced || entry.unaccepted >= kMaxUnaccepted) return true;
  if (entry.unaccepted == 0 || !found_) return entry.unaccepted != 0;
  const std::string needed = challenge.parameter("scope");
  if (state.optional || needed.find(' ') != std::string::npos) return state.optional;
  const auto grants = granted_actions(entry.token->value, needed);
  return grants && !ScopeSet(needed.substr(0, needed.rfind(':') + 1) + *grants).covers(ScopeSet(needed));
}

base::Result<void> Authorizer::handle_bearer(const http::Response& response, const Challenge& challenge,
                                             const base::Secret* sent, const TokenScope& scope, AuthState& state) {
  if (!challenge.parameters.empty()) apply_challenge(challenge, response);
  // What the request needs comes first: a service may read only the first scope.
  auto& entry = entry_of(scope);
  ScopeSet scopes(challenge.parameter("scope"));
  const bool wider = !entry.scopes.covers(scopes);
  scopes.add(entry.scopes);
  entry.scopes = scopes;
  const bool widen = wider && !entry.widened && challenge.parameter("error") == "insufficient_scope";
  entry.widened = entry.widened || widen;
  if (!widen && is_final(entry, challenge, sent, state)) {
    if (!found_) return required(response);
    auto error = holds(Credential::Kind::registry_token) ? rejected(response) : denied(response, scope, state.reads);
    if (state.optional) return error;
    BERTH_CHECK(try_next_credential(std::move(error), state));
  }
  state.replaced = sent != nullptr;
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
