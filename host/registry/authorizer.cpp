#include "registry/authorizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

}  // namespace

base::Result<Header> Authorizer::header(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  const bool own_token = found_ && found_->kind == Credential::Kind::registry_token;
  if (scheme_ == Scheme::bearer && !own_token) {
    const auto known = tokens_.find(scope);
    if (known == tokens_.end() || known->second.expires - kRenewBefore < Clock::now())
      BERTH_CHECK(exchange(scope, scope));
  }
  return header_now(scope);
}

Header Authorizer::header_now(const std::string& scope) const {
  if (scheme_ == Scheme::basic && found_ && found_->kind == Credential::Kind::password) return basic(*found_);
  if (scheme_ != Scheme::bearer) return std::nullopt;
  if (found_ && found_->kind == Credential::Kind::registry_token) return bearer(found_->password);
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

// The next credential that was found takes this one's place; without one, `error` stands.
base::Result<Authorizer::Answer> Authorizer::give_way(Error error) {
  BERTH_TRY(auto next, credentials_.next());
  if (!next) return error;
  log_.write(base::LogLevel::step, "credential",
             {{"host", host_}, {"refused", found_->origin}, {"next", next->origin}});
  found_ = std::move(next);
  tokens_.clear();
  return Answer::replaced;
}

base::Result<Authorizer::Answer> Authorizer::answer(const http::Response& refusal, const base::Secret* sent,
                                                    const std::string& scope, bool final) {
  const std::lock_guard lock(mutex_);
  BERTH_CHECK(look_up());
  // Another thread may have answered the same challenge meanwhile.
  const auto now = header_now(scope);
  if (!final && now && (sent == nullptr || now->reveal() != sent->reveal())) return Answer::renewed;
  const auto challenges = challenges_of(refusal);
  const bool offers_basic = find_scheme(challenges, "basic") != nullptr;
  if (const auto* asked = find_scheme(challenges, "bearer"); asked != nullptr) {
    auto usable = check_realm(asked->parameter("realm"), origin_);
    if (usable) return answer_bearer(refusal, *asked, sent != nullptr, scope, final);
    if (!offers_basic) return std::move(usable).error();
  }
  if (!offers_basic && found_) return unknown_scheme(host_, challenges, refusal);
  return answer_basic(refusal, sent != nullptr);
}

base::Result<Authorizer::Answer> Authorizer::answer_basic(const http::Response& refusal, bool sent) {
  if (!found_) return required(refusal);
  if (sent && scheme_ == Scheme::basic) return give_way(refused(refusal));
  if (found_->kind != Credential::Kind::password)
    return give_way(Error(ErrorClass::auth, "auth.scheme", host_ + " wants a user name and a password")
                        .cause(found_->origin)
                        .registry(registry_words(refusal)));
  scheme_ = Scheme::basic;
  return Answer::renewed;
}

base::Result<Authorizer::Answer> Authorizer::answer_bearer(const http::Response& refusal, const Challenge& challenge,
                                                           bool sent, const std::string& scope, bool final) {
  service_ = {challenge.parameter("realm"), challenge.parameter("service"), {}};
  scheme_ = Scheme::bearer;
  const bool own_token = found_ && found_->kind == Credential::Kind::registry_token;
  if (final || (own_token && sent)) {
    if (!found_) return required(refusal);
    return give_way(own_token ? refused(refusal) : denied(refusal, scope));
  }
  if (own_token) return Answer::renewed;
  const auto asked_for = challenge.parameter("scope");
  auto exchanged = exchange(scope, asked_for.empty() ? scope : asked_for);
  if (exchanged) return Answer::renewed;
  if (exchanged.error().code() == "auth.required") return required(refusal);
  if (exchanged.error().code() == "auth.refused") return give_way(std::move(exchanged).error());
  return std::move(exchanged).error();
}

Error Authorizer::required(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.required", host_ + " wants a login")
      .cause(fmt::format("no credentials for {} (looked in: {})", host_, fmt::join(credentials_.tried(), ", ")))
      .registry(registry_words(refusal))
      .fix("berth login " + host_ + ", or --username USER --password-stdin");
}

Error Authorizer::refused(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.refused", fmt::format("{} refused {}", host_, login_name(credential())))
      .cause(found_->origin)
      .registry(registry_words(refusal))
      .fix("log in again: berth login " + host_);
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
