#include "registry/authorizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/base64.hpp"
#include "registry/api_error.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using Header = std::optional<base::Secret>;

// A token that ends sooner is renewed first: a refused upload would have to begin again.
constexpr std::chrono::seconds kRenewBefore{10};
// Of one request, before the token that others share is taken to be refused as well.
constexpr int kMostShared = 8;

std::vector<Challenge> challenges_of(const http::Response& refusal) {
  std::vector<Challenge> all;
  for (const auto header : refusal.header_all("www-authenticate"))
    for (auto& challenge : parse_challenges(header)) all.push_back(std::move(challenge));
  return all;
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const auto& challenge : challenges)
    if (challenge.scheme == scheme) return &challenge;
  return nullptr;
}

Error unknown_scheme(const std::string& host, const std::vector<Challenge>& challenges, const http::Response& refusal) {
  std::vector<std::string> schemes;
  for (const auto& challenge : challenges) schemes.push_back(challenge.scheme);
  return Error(ErrorClass::auth, "auth.scheme", host + " wants a login that this berth does not know")
      .cause(schemes.empty() ? "it named no way to log in" : fmt::format("it asks for {}", fmt::join(schemes, ", ")))
      .registry(registry_words(refusal));
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

// What another credential may still change.
bool concerns_credential(const Error& error) {
  return error.code() == "auth.refused" || error.code() == "auth.required" || error.code() == "auth.denied";
}

}  // namespace

base::Result<Header> Authorizer::header(const Wanted& wanted, Trial& trial) {
  const std::lock_guard lock(mutex_);
  if (auto renewed = renew(wanted, trial); !renewed) return explained(std::move(renewed).error());
  return header_now(wanted);
}

base::Result<void> Authorizer::renew(const Wanted& wanted, Trial& trial) {
  if (scheme_ == Scheme::unknown) return {};
  BERTH_CHECK(look_up());
  const auto* token = token_for(wanted);
  const bool bears_token = scheme_ == Scheme::bearer && !holds(Credential::Kind::registry_token);
  if (bears_token && token != nullptr && token->expires - kRenewBefore >= Clock::now()) return {};
  BERTH_CHECK(renew_if_due());
  if (scheme_ != Scheme::bearer) return {};
  return obtain(wanted, trial);
}

// A source that has no other is not asked at every request: the credential is then used until it is refused.
base::Result<void> Authorizer::renew_if_due() {
  if (!found_ || !found_->renew_at || Clock::now() < *found_->renew_at) return {};
  found_->renew_at.reset();
  BERTH_TRY(auto next, credentials_.again(false));
  if (!next) return {};
  log_.write(base::LogLevel::step, "credential", {{"host", host_}, {"ended", found_->origin}, {"next", next->origin}});
  found_ = std::move(next);
  return {};
}

Authorizer::Entry& Authorizer::entry_of(const Wanted& wanted) {
  auto& entry = entries_[wanted.key()];
  if (entry.scopes.empty()) entry.scopes.add(wanted.scope);
  return entry;
}

// Its own, else one that was asked for more: a service may take as long as all else for each.
const Token* Authorizer::token_for(const Wanted& wanted) const {
  const auto own = entries_.find(wanted.key());
  if (own != entries_.end() && own->second.token) return &*own->second.token;
  ScopeSet scopes(wanted.scope);
  scopes.add(wanted.also);
  for (const auto& [key, entry] : entries_)
    if (entry.token && !scopes.empty() && entry.scopes.covers(scopes)) return &*entry.token;
  return nullptr;
}

Header Authorizer::header_now(const Wanted& wanted) const {
  if (scheme_ == Scheme::basic && holds(Credential::Kind::password)) return basic(*found_);
  if (scheme_ != Scheme::bearer) return std::nullopt;
  if (holds(Credential::Kind::registry_token)) return bearer(found_->password);
  const auto* token = token_for(wanted);
  return token != nullptr ? Header(bearer(token->value)) : std::nullopt;
}

base::Result<void> Authorizer::look_up() {
  if (looked_up_) return {};
  BERTH_TRY(found_, credentials_.next());
  looked_up_ = true;
  log_.write(base::LogLevel::step, "credential", {{"host", host_}, {"is", found_ ? found_->origin : "anonymous"}});
  return {};
}

// Tokens of another service are none here.
void Authorizer::learn(const Challenge& challenge, http::AddressKind from) {
  const auto& realm = challenge.parameter("realm");
  TokenQuestion told{realm, challenge.parameter("service"), {}, realm_addresses(realm, origin_, from)};
  if (told.realm != service_.realm || told.service != service_.service)
    for (auto& [key, entry] : entries_) entry.token.reset();
  service_ = std::move(told);
  scheme_ = Scheme::bearer;
}

void Authorizer::heed(const http::Response& response) {
  const std::lock_guard lock(mutex_);
  if (scheme_ != Scheme::unknown || response.status != 401) return;
  const auto challenges = challenges_of(response);
  const auto* bearer = find_scheme(challenges, "bearer");
  if (bearer != nullptr && check_realm(bearer->parameter("realm"), origin_)) return learn(*bearer, response.address);
  if (find_scheme(challenges, "basic") != nullptr) scheme_ = Scheme::basic;
}

base::Result<void> Authorizer::exchange(Entry& entry, const std::string& also) {
  const bool two = !also.empty() && !entry.also_fails;
  ScopeSet scopes = entry.scopes;
  if (two) scopes.add(also);
  const TokenQuestion question{service_.realm, service_.service, scopes.list(), service_.addresses};
  auto token = fetch_token(pool_, host_, question, credential());
  if (!token && two && concerns_credential(token.error())) {
    entry.also_fails = true;
    return exchange(entry, also);
  }
  if (!token) return std::move(token).error();
  log_.write(base::LogLevel::step, "token",
             {{"host", host_}, {"scope", fmt::format("{}", fmt::join(question.scopes, " "))}});
  if (holds(Credential::Kind::identity_token) && token->identity) found_->password = token->identity->clone();
  entry.token = std::move(*token);
  return {};
}

// A token, from the first credential with which the service gives one. Ends: every round uses up a credential.
base::Result<void> Authorizer::obtain(const Wanted& wanted, Trial& trial) {
  while (!holds(Credential::Kind::registry_token)) {
    auto exchanged = exchange(entry_of(wanted), wanted.also);
    if (exchanged) return {};
    const bool as_nobody = !found_ && refusal_;
    if (!concerns_credential(exchanged.error()) && !as_nobody) return std::move(exchanged).error();
    BERTH_CHECK(give_way(std::move(exchanged).error(), trial));
  }
  return {};
}

// Another credential of the same source; nothing: it has none.
base::Result<std::optional<Credential>> Authorizer::another(Trial& trial) {
  if (!found_ || std::exchange(trial.asked_again, true)) return std::optional<Credential>();
  BERTH_TRY(auto next, credentials_.again(true));
  if (next && is_same(*next, *found_)) next.reset();
  return next;
}

// Another credential of the same source, or the next that was found, takes this one's place, and in the end none; after
// that the refusal stands that got furthest.
base::Result<void> Authorizer::give_way(Error error, Trial& trial) {
  BERTH_TRY(auto next, another(trial));
  if (!next) {
    const bool further =
        error.error_class() == ErrorClass::denied || !refusal_ || refusal_->error_class() != ErrorClass::denied;
    if (!refusal_ || (found_ && further)) refusal_ = hidden(std::move(error));
    if (!found_) return refusal_->clone();
    BERTH_TRY(next, credentials_.next());
    if (!next && !(credentials_.ends_anonymous() && scheme_ == Scheme::bearer)) return refusal_->clone();
    trial.asked_again = false;
  }
  take(std::move(next));
  trial.renewed = false;
  return {};
}

void Authorizer::take(std::optional<Credential> next) {
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"refused", found_->origin}, {"next", next ? next->origin : "anonymous"}});
  found_ = std::move(next);
  for (auto& [key, entry] : entries_) {
    entry.token.reset();
    entry.widened = entry.also_fails = false;
  }
}

base::Result<void> Authorizer::answer(const http::Response& refusal, const base::Secret* sent, const Wanted& wanted,
                                      Trial& trial) {
  const std::lock_guard lock(mutex_);
  auto answered = answer_unlocked(refusal, sent, wanted, trial);
  if (!answered) return explained(std::move(answered).error());
  return answered;
}

base::Result<void> Authorizer::answer_unlocked(const http::Response& refusal, const base::Secret* sent,
                                               const Wanted& wanted, Trial& trial) {
  BERTH_CHECK(look_up());
  // Another thread may have answered the same challenge meanwhile.
  const auto now = header_now(wanted);
  const bool changed = now && (sent == nullptr || now->reveal() != sent->reveal());
  if (!trial.renewed && changed && ++trial.shared <= kMostShared) return {};
  const auto challenges = challenges_of(refusal);
  const bool offers_basic = find_scheme(challenges, "basic") != nullptr;
  if (const auto* asked = find_scheme(challenges, "bearer"); asked != nullptr) {
    auto usable = check_realm(asked->parameter("realm"), origin_);
    if (usable) return answer_bearer(refusal, *asked, sent != nullptr, wanted, trial);
    if (!offers_basic) return std::move(usable).error();
  }
  if (!offers_basic && found_) return unknown_scheme(host_, challenges, refusal);
  return answer_basic(refusal, sent != nullptr, trial);
}

bool Authorizer::recognises_expiry(const Trial& trial) {
  const std::lock_guard lock(mutex_);
  return found_ && !trial.asked_again && credentials_.recognises_expiry();
}

base::Result<bool> Authorizer::renew_expired(const Rejection& rejection, const base::Secret& sent, const Wanted& wanted,
                                             Trial& trial) {
  const std::lock_guard lock(mutex_);
  const auto now = header_now(wanted);
  if (now && now->reveal() != sent.reveal() && ++trial.shared <= kMostShared) return true;
  if (!found_ || trial.asked_again) return false;
  BERTH_TRY(const bool expired, credentials_.is_expired(rejection));
  if (!expired) return false;
  trial.asked_again = true;
  auto next = credentials_.again(true);
  if (!next) return explained(std::move(next).error());
  if (!*next) return false;
  take(std::move(*next));
  return true;
}

base::Result<void> Authorizer::answer_basic(const http::Response& refusal, bool sent, Trial& trial) {
  if (found_ && sent && (trial.renewed || scheme_ == Scheme::basic)) BERTH_CHECK(give_way(refused(refusal), trial));
  scheme_ = Scheme::basic;
  while (found_ && found_->kind != Credential::Kind::password)
    BERTH_CHECK(give_way(Error(ErrorClass::auth, "auth.scheme", host_ + " wants a user name and a password")
                             .cause("there is an " + found_->origin)
                             .registry(registry_words(refusal)),
                         trial));
  if (!found_) return required(refusal);
  trial.renewed = true;
  return {};
}

base::Result<void> Authorizer::answer_bearer(const http::Response& refusal, const Challenge& challenge, bool sent,
                                             const Wanted& wanted, Trial& trial) {
  learn(challenge, refusal.address);
  const bool own_token = holds(Credential::Kind::registry_token);
  // What was asked for comes first: a service may read the first scope alone.
  auto& entry = entry_of(wanted);
  ScopeSet scopes(challenge.parameter("scope"));
  const bool wider = !entry.scopes.covers(scopes);
  scopes.add(entry.scopes);
  entry.scopes = scopes;
  const bool widen = wider && !entry.widened && challenge.parameter("error") == "insufficient_scope";
  entry.widened = entry.widened || widen;
  if (own_token ? sent : (trial.renewed && !widen)) {
    if (!found_) return refusal_ ? refusal_->clone() : required(refusal);
    BERTH_CHECK(give_way(own_token ? refused(refusal) : denied(refusal, wanted), trial));
  }
  BERTH_CHECK(obtain(wanted, trial));
  trial.renewed = true;
  return {};
}

}  // namespace berth::registry
