#include "registry/authorizer.hpp"

#include <utility>

#include "base/redact.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using Header = std::optional<base::Secret>;

// A token that expires sooner is replaced before a request: a rejected upload would have to be
// repeated.
constexpr std::chrono::seconds kExpiryMargin{10};
// Per request; after that, the token that other threads share is considered rejected too.
constexpr int kMaxReused = 8;
// Returns whether another credential may avoid the error.
bool concerns_credential(const Error& error) {
  return error.code() == "auth.refused" || error.code() == "auth.required" ||
         error.code() == "auth.denied";
}

Error mount_refused(const TokenScope& scope) {
  return Error(ErrorClass::denied, "auth.denied",
               "no token for " + scope.mount_scope + " was granted");
}

}  // namespace

base::Result<Header> Authorizer::header(const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  if (const auto* error = credentials_.final_error()) return with_tried_sources(error->clone());
  if (auto prepared = prepare(scope, state); !prepared)
    return with_tried_sources(std::move(prepared).error());
  return current_header(scope);
}

base::Result<void> Authorizer::prepare(const TokenScope& scope, AuthState& state) {
  if (scheme_ == Scheme::unknown) return {};
  BERTH_CHECK(credentials_.load());
  const auto* token = tokens_.find(scope);
  const bool uses_tokens =
      scheme_ == Scheme::bearer && !credentials_.holds(Credential::Kind::registry_token);
  const bool is_current =
      uses_tokens && token != nullptr && token->expires - kExpiryMargin >= Clock::now();
  if (is_current && !(state.writes && tokens_.lacks_push(scope))) return {};
  if (tokens_.entry(scope).mount_refused) return mount_refused(scope);
  if (is_current && tokens_.entry(scope).push_denied) return push_denied(scope);
  BERTH_CHECK(credentials_.refresh_if_expiring());
  if (scheme_ != Scheme::bearer) return {};
  return ensure_token(scope, state);
}

// Returns once there is a token: from the first credential that the service accepts and, if the
// request writes, that grants push. Terminates because every round uses up a credential.
base::Result<void> Authorizer::ensure_token(const TokenScope& scope, AuthState& state) {
  while (!credentials_.holds(Credential::Kind::registry_token)) {
    auto& entry = tokens_.entry(scope);
    if (entry.mount_refused) return mount_refused(scope);
    auto fetched = tokens_.fetch(entry, credentials_.current());
    if (fetched) credentials_.observe_exchanged();
    if (!scope.mount_scope.empty() && (!fetched || tokens_.lacks_mount(scope))) {
      entry.mount_refused = true;
      entry.token.reset();
      return fetched ? mount_refused(scope) : std::move(fetched).error();
    }
    if (fetched && state.writes && tokens_.lacks_push(scope)) {
      entry.push_denied = true;
      fetched = push_denied(scope);
    }
    if (fetched) return {};
    if (credentials_.current() == nullptr || !concerns_credential(fetched.error()))
      return std::move(fetched).error();
    BERTH_CHECK(try_next_credential(std::move(fetched).error(), state));
  }
  return {};
}

Header Authorizer::current_header(const TokenScope& scope) const {
  if (scheme_ == Scheme::basic) return credentials_.basic_header();
  if (scheme_ != Scheme::bearer) return std::nullopt;
  if (auto header = credentials_.token_header()) return header;
  const auto* token = tokens_.find(scope);
  return token != nullptr ? Header(bearer_header(token->value)) : std::nullopt;
}

base::Result<void> Authorizer::try_next_credential(Error error, AuthState& state) {
  BERTH_CHECK(credentials_.try_next(redacted(std::move(error)), state));
  tokens_.drop_tokens();
  return {};
}

void Authorizer::use_credential(Credential next) {
  credentials_.use(std::move(next));
  tokens_.drop_tokens();
}

void Authorizer::observe_challenge(const http::Response& response) {
  const std::lock_guard lock(mutex_);
  if (scheme_ != Scheme::unknown || response.status != 401) return;
  const auto challenges = challenges_of(response);
  const auto* bearer = find_scheme(challenges, "bearer");
  if (bearer != nullptr && check_realm(bearer->parameter("realm"), origin_, false)) {
    scheme_ = Scheme::bearer;
    return tokens_.use_service(*bearer, response.address);
  }
  if (find_scheme(challenges, "basic") != nullptr) scheme_ = Scheme::basic;
}

void Authorizer::observe_accepted(const base::Secret& sent, bool reads) {
  const std::lock_guard lock(mutex_);
  tokens_.observe_accepted(sent, reads);
}

void Authorizer::observe_verified(const base::Secret& sent) {
  const std::lock_guard lock(mutex_);
  credentials_.observe_verified(sent);
}

base::Result<void> Authorizer::handle_unauthorized(const http::Response& response,
                                                   const base::Secret* sent,
                                                   const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  const auto* error = credentials_.final_error();
  auto handled = error != nullptr ? base::Result<void>(error->clone())
                                  : handle_unauthorized_locked(response, sent, scope, state);
  if (!handled) return with_tried_sources(std::move(handled).error());
  return handled;
}

base::Result<void> Authorizer::handle_unauthorized_locked(const http::Response& response,
                                                          const base::Secret* sent,
                                                          const TokenScope& scope,
                                                          AuthState& state) {
  BERTH_CHECK(credentials_.load());
  // Another thread may have handled the same challenge in the meantime.
  const auto now = current_header(scope);
  const bool changed = now && (sent == nullptr || now->reveal() != sent->reveal());
  if (changed && ++state.reused <= kMaxReused) return {};
  const auto challenges = challenges_of(response);
  const bool has_credential = credentials_.current() != nullptr;
  const bool offers_basic = find_scheme(challenges, "basic") != nullptr;
  if (const auto* challenge = find_scheme(challenges, "bearer"); challenge != nullptr) {
    auto usable = check_realm(challenge->parameter("realm"), origin_, has_credential);
    if (usable) return handle_bearer(response, *challenge, sent, scope, state);
    if (!offers_basic) return std::move(usable).error();
  }
  // Without a challenge, the previous one applies.
  const bool known = challenges.empty() && scheme_ != Scheme::unknown;
  if (known && scheme_ == Scheme::bearer)
    return handle_bearer(response, {"bearer", {}}, sent, scope, state);
  if (!offers_basic && !known && has_credential)
    return errors_.unsupported_scheme(challenges, response);
  return handle_basic(response, sent != nullptr, scope, state);
}

base::Result<void> Authorizer::handle_basic(const http::Response& response, bool sent,
                                            const TokenScope& scope, AuthState& state) {
  const bool rejected = sent && (state.retried || scheme_ == Scheme::basic);
  if (const auto* credential = credentials_.current(); credential != nullptr && rejected) {
    if (!state.optional) {
      BERTH_CHECK(try_next_credential(errors_.rejected(*credential, response), state));
    } else {
      BERTH_TRY(auto next, credentials_.refresh(state));
      if (!next) return denied(error_message(response), scope, state.reads);
      use_credential(std::move(*next));
    }
  }
  scheme_ = Scheme::basic;
  const auto* credential = credentials_.current();
  for (; credential != nullptr && credential->kind != Credential::Kind::password;
       credential = credentials_.current())
    BERTH_CHECK(try_next_credential(errors_.password_required(*credential, response), state));
  if (credential == nullptr) return errors_.required(error_message(response));
  state.retried = true;
  return {};
}

base::Result<void> Authorizer::handle_bearer(const http::Response& response,
                                             const Challenge& challenge, const base::Secret* sent,
                                             const TokenScope& scope, AuthState& state) {
  if (!challenge.parameters.empty()) {
    scheme_ = Scheme::bearer;
    tokens_.use_service(challenge, response.address);
  }
  // The request's own scope comes first: some services read only the first one.
  auto& entry = tokens_.entry(scope);
  ScopeSet scopes(challenge.parameter("scope"));
  if (scope.within) scopes = scopes.readable_below(*scope.within);
  const bool wider = !entry.scopes.covers(scopes);
  scopes.add(entry.scopes);
  entry.scopes = scopes;
  const bool widen =
      wider && !entry.widened && challenge.parameter("error") == "insufficient_scope";
  entry.widened = entry.widened || widen;
  if (!widen && is_final(entry, challenge, sent, state)) {
    const auto* credential = credentials_.current();
    if (credential == nullptr) return errors_.required(error_message(response));
    auto error = credentials_.holds(Credential::Kind::registry_token)
                     ? errors_.rejected(*credential, response)
                     : denied(error_message(response), scope, state.reads);
    if (state.optional) return error;
    BERTH_CHECK(try_next_credential(std::move(error), state));
  }
  state.replaced = sent != nullptr;
  if (sent != nullptr && state.optional) ++entry.optional_renewals;
  BERTH_CHECK(ensure_token(scope, state));
  state.retried = true;
  return {};
}

// Returns whether no other token helps after a 401 for `sent`.
bool Authorizer::is_final(const TokenEntry& entry, const Challenge& challenge,
                          const base::Secret* sent, const AuthState& state) const {
  if (sent == nullptr) return false;
  if (credentials_.holds(Credential::Kind::registry_token)) return true;
  if (!entry.is_sent_in(sent)) return state.retried;
  return entry.is_rejection_final(challenge.parameter("scope"), state,
                                  credentials_.current() == nullptr);
}

bool Authorizer::recognises_expiry(const AuthState& state) {
  const std::lock_guard lock(mutex_);
  return credentials_.recognises_expiry(state);
}

base::Result<bool> Authorizer::renew_expired(const Rejection& rejection, const base::Secret& sent,
                                             const TokenScope& scope, AuthState& state) {
  const std::lock_guard lock(mutex_);
  const auto now = current_header(scope);
  if (now && now->reveal() != sent.reveal() && ++state.reused <= kMaxReused) return true;
  auto next = credentials_.replace_expired(rejection, state);
  if (!next) return with_tried_sources(std::move(next).error());
  if (!*next) return false;
  use_credential(std::move(**next));
  return true;
}

bool Authorizer::authenticate_unchallenged(AuthState& state) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(state.retried, true) || credentials_.final_error() != nullptr) return false;
  if (credentials_.current() == nullptr) return false;
  if (scheme_ == Scheme::unknown) scheme_ = Scheme::basic;
  return scheme_ == Scheme::bearer || credentials_.holds(Credential::Kind::password);
}

bool Authorizer::is_challenged() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown;
}

bool Authorizer::uses_credential() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown && credentials_.current() != nullptr;
}

Requester Authorizer::requester() {
  const std::lock_guard lock(mutex_);
  const auto* credential = scheme_ != Scheme::unknown ? credentials_.current() : nullptr;
  if (credential == nullptr) return {host_, "anonymous", "anonymous"};
  return {host_, credential->source, credential->username};
}

base::Result<std::optional<Credential>> Authorizer::current_credential() {
  const std::lock_guard lock(mutex_);
  if (const auto* error = credentials_.final_error()) return with_tried_sources(error->clone());
  if (auto loaded = credentials_.load(); !loaded)
    return with_tried_sources(std::move(loaded).error());
  const auto* credential = credentials_.current();
  return credential != nullptr ? std::optional(credential->clone()) : std::nullopt;
}

std::optional<bool> Authorizer::is_verified() {
  const std::lock_guard lock(mutex_);
  return credentials_.is_verified();
}

Header Authorizer::basic_header() {
  const std::lock_guard lock(mutex_);
  return credentials_.basic_header();
}

bool Authorizer::has_token(const TokenScope& scope) {
  const std::lock_guard lock(mutex_);
  return tokens_.find(scope) != nullptr;
}

std::optional<std::string> Authorizer::granted_actions(const TokenScope& scope) {
  const std::lock_guard lock(mutex_);
  const auto* token = tokens_.find(scope);
  return token != nullptr ? registry::granted_actions(token->value, scope.scope) : std::nullopt;
}

Error Authorizer::anonymous_denied(std::string message) {
  const std::lock_guard lock(mutex_);
  return with_tried_sources(errors_.required(std::move(message)));
}

Error Authorizer::without_secrets(Error error) {
  const std::lock_guard lock(mutex_);
  return redacted(std::move(error));
}

Error Authorizer::denied(std::string message, const TokenScope& scope, bool reads) const {
  return errors_.denied(std::move(message), *credentials_.current(), tokens_.find_own(scope), scope,
                        reads);
}

Error Authorizer::push_denied(const TokenScope& scope) const {
  return errors_.push_denied(credentials_.current(), *tokens_.find(scope), tokens_.find_own(scope),
                             scope);
}

Error Authorizer::redacted(Error error) const {
  std::string message = error.registry();
  if (const auto* credential = credentials_.current())
    message = base::redact(std::move(message), credential->password);
  return std::move(error).registry(tokens_.redacted(std::move(message)));
}

Error Authorizer::with_tried_sources(Error error) const {
  return errors_.with_tried_sources(redacted(std::move(error)), credentials_.chain());
}

}  // namespace berth::registry
