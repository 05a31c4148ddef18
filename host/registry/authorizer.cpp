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

// A token that ends sooner is renewed first: a refused upload would have to begin again.
constexpr std::chrono::seconds kRenewBefore{10};

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

}  // namespace

bool Authorizer::has_own_token() const { return found_ && found_->kind == Credential::Kind::registry_token; }

bool Authorizer::has_fresh_token(const std::string& scope) const {
  const auto known = tokens_.find(scope);
  return known != tokens_.end() && known->second.expires - kRenewBefore >= Clock::now();
}

base::Result<Header> Authorizer::header(const std::string& scope, Trial& trial) {
  const std::lock_guard lock(mutex_);
  const bool fresh = scheme_ == Scheme::bearer && !has_own_token() && has_fresh_token(scope);
  if (!fresh) BERTH_CHECK(renew(scope, trial));
  return header_now(scope);
}

// Ends: every round uses up a credential.
base::Result<void> Authorizer::renew(const std::string& scope, Trial& trial) {
  BERTH_CHECK(renew_if_due());
  while (scheme_ == Scheme::bearer && !has_own_token()) {
    auto exchanged = exchange(scope, scope);
    if (exchanged || exchanged.error().code() != "auth.refused") return exchanged;
    BERTH_CHECK(give_way(std::move(exchanged).error(), trial));
  }
  return {};
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

Header Authorizer::header_now(const std::string& scope) const {
  if (scheme_ == Scheme::basic && found_ && found_->kind == Credential::Kind::password) return basic(*found_);
  if (scheme_ != Scheme::bearer) return std::nullopt;
  if (has_own_token()) return bearer(found_->password);
  const auto known = tokens_.find(scope);
  return known != tokens_.end() ? Header(bearer(known->second.value)) : std::nullopt;
}

base::Result<void> Authorizer::look_up() {
  if (looked_up_) return {};
  BERTH_TRY(found_, credentials_.next());
  looked_up_ = true;
  if (found_) log_.write(base::LogLevel::step, "credential", {{"host", host_}, {"is", found_->origin}});
  return {};
}

base::Result<void> Authorizer::exchange(const std::string& scope, const std::string& asked_for) {
  TokenQuestion question{service_.realm, service_.service, {}};
  if (!asked_for.empty()) question.scopes.push_back(asked_for);
  if (!scope.empty() && scope != asked_for) question.scopes.push_back(scope);
  auto token = fetch_token(pool_, host_, question, credential());
  if (!token) return std::move(token).error();
  log_.write(base::LogLevel::step, "token",
             {{"host", host_}, {"scope", fmt::format("{}", fmt::join(question.scopes, " "))}});
  tokens_.insert_or_assign(scope, std::move(*token));
  return {};
}

// Another credential of the same source, or the next that was found, takes this one's place; without one, `error`
// stands.
base::Result<void> Authorizer::give_way(Error error, Trial& trial) {
  std::optional<Credential> next;
  if (found_ && !std::exchange(trial.asked_again, true)) {
    BERTH_TRY(next, credentials_.again(true));
  }
  if (next && is_same(*next, *found_)) next.reset();
  if (!next) {
    BERTH_TRY(next, credentials_.next());
    if (!next) return error;
    trial.asked_again = false;
  }
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"refused", found_ ? found_->origin : "anonymous"}, {"next", next->origin}});
  found_ = std::move(next);
  tokens_.clear();
  trial.renewed = false;
  return {};
}

base::Result<void> Authorizer::answer(const http::Response& refusal, const base::Secret* sent, const std::string& scope,
                                      Trial& trial) {
  const std::lock_guard lock(mutex_);
  BERTH_CHECK(look_up());
  // Another thread may have answered the same challenge meanwhile.
  const auto now = header_now(scope);
  if (!trial.renewed && now && (sent == nullptr || now->reveal() != sent->reveal())) {
    trial.renewed = true;
    return {};
  }
  const auto challenges = challenges_of(refusal);
  const bool offers_basic = find_scheme(challenges, "basic") != nullptr;
  if (const auto* asked = find_scheme(challenges, "bearer"); asked != nullptr) {
    auto usable = check_realm(asked->parameter("realm"), origin_);
    if (usable) return answer_bearer(refusal, *asked, sent != nullptr, scope, trial);
    if (!offers_basic) return std::move(usable).error();
  }
  if (!offers_basic && found_) return unknown_scheme(host_, challenges, refusal);
  return answer_basic(refusal, sent != nullptr, trial);
}

base::Result<void> Authorizer::answer_basic(const http::Response& refusal, bool sent, Trial& trial) {
  if (!found_) return required(refusal);
  if (sent && scheme_ == Scheme::basic) return give_way(refused(refusal), trial);
  if (found_->kind != Credential::Kind::password)
    return give_way(Error(ErrorClass::auth, "auth.scheme", host_ + " wants a user name and a password")
                        .cause(found_->origin)
                        .registry(registry_words(refusal)),
                    trial);
  scheme_ = Scheme::basic;
  trial.renewed = true;
  return {};
}

base::Result<void> Authorizer::answer_bearer(const http::Response& refusal, const Challenge& challenge, bool sent,
                                             const std::string& scope, Trial& trial) {
  service_ = {challenge.parameter("realm"), challenge.parameter("service"), {}};
  scheme_ = Scheme::bearer;
  const bool own_token = has_own_token();
  if (trial.renewed || (own_token && sent)) {
    if (!found_) return required(refusal);
    return give_way(own_token ? refused(refusal) : denied(refusal, scope), trial);
  }
  trial.renewed = true;
  if (own_token) return {};
  const auto asked_for = challenge.parameter("scope");
  auto exchanged = exchange(scope, asked_for.empty() ? scope : asked_for);
  if (exchanged) return {};
  if (exchanged.error().code() == "auth.required") return required(refusal);
  if (exchanged.error().code() == "auth.refused") return give_way(std::move(exchanged).error(), trial);
  return std::move(exchanged).error();
}

std::string Authorizer::with_help(std::string fix) const {
  return login_help_.empty() ? std::move(fix) : fmt::format("{} ({})", fix, login_help_);
}

Error Authorizer::required(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.required", host_ + " wants a login")
      .cause(fmt::format("no credentials for {} (looked in: {})", host_, fmt::join(credentials_.tried(), ", ")))
      .registry(registry_words(refusal))
      .fix(with_help("berth login " + host_ + ", or --username USER --password-stdin"));
}

Error Authorizer::refused(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.refused", fmt::format("{} refused {}", host_, login_name(credential())))
      .cause(found_->origin)
      .registry(registry_words(refusal))
      .fix(with_help("log in again: berth login " + host_));
}

Error Authorizer::denied(const http::Response& refusal, const std::string& scope) const {
  const auto token = tokens_.find(scope);
  const auto granted = token != tokens_.end() ? granted_actions(token->second.value, scope) : std::nullopt;
  std::string cause = fmt::format("{}; asked for {}", found_->origin, scope);
  if (granted) cause += "; granted " + (granted->empty() ? "nothing" : *granted);
  return Error(ErrorClass::denied, "auth.denied",
               fmt::format("{} does not let {} do this", host_, login_name(credential())))
      .cause(std::move(cause))
      .registry(registry_words(refusal))
      .fix("ask whoever owns the repository for the right to push");
}

std::string Authorizer::account() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown && found_ ? found_->origin : "anonymous";
}

std::string Authorizer::username() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown && found_ ? found_->username : "anonymous";
}

}  // namespace berth::registry
