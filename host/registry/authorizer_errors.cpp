// The errors of Authorizer, and what it reports about itself.
#include <fmt/format.h>

#include "base/redact.hpp"
#include "registry/api_error.hpp"
#include "registry/authorizer.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {

using base::Error;
using base::ErrorClass;

namespace {

// "pull,push"
std::string actions_of(const std::string& scope) { return scope.substr(scope.rfind(':') + 1); }

}  // namespace

Error Authorizer::redacted(Error error) const {
  std::string message = error.registry();
  if (found_) message = base::redact(std::move(message), found_->password);
  for (const auto& [key, entry] : entries_)
    if (entry.token) message = base::redact(std::move(message), entry.token->value);
  return std::move(error).registry(std::move(message));
}

Error Authorizer::without_secrets(Error error) {
  const std::lock_guard lock(mutex_);
  return redacted(std::move(error));
}

// Adds the sources that were tried and the fix "berth login" to an auth error.
Error Authorizer::with_tried_sources(Error error) const {
  error = redacted(std::move(error));
  const bool needs_login = error.code() == "auth.required" || error.code() == "auth.refused";
  if (needs_login && error.fix().empty()) {
    auto fix = login_fix(error.code() == "auth.refused");
    error = std::move(error).fix(std::move(fix));
  }
  const auto tried = credentials_.describe_attempts();
  if (error.error_class() != ErrorClass::auth || tried.empty()) return error;
  const std::string before = error.cause().empty() ? "" : error.cause() + "; ";
  return std::move(error).cause(before + tried);
}

// Explicit credentials take precedence over stored ones, so a login would not help.
std::string Authorizer::login_fix(bool rejected) const {
  const auto& tried = credentials_.tried();
  std::string fix = "berth login " + host_;
  if (rejected && !credentials_.ends_anonymous() && !tried.empty())
    fix = "check the user name and the password from " + tried.back().place;
  else if (!rejected)
    fix += ", or pass --username USER --password-stdin";
  return login_help_.empty() ? fix : fmt::format("{} ({})", fix, login_help_);
}

Error Authorizer::required(std::string message) const {
  return Error(ErrorClass::auth, "auth.required", host_ + " requires authentication")
      .cause("no credentials for " + host_)
      .registry(std::move(message));
}

Error Authorizer::rejected(const http::Response& response) const {
  return Error(ErrorClass::auth, "auth.refused",
               fmt::format("{} rejected the credentials of {}", host_, describe_account(credential())))
      .cause(found_->origin)
      .registry(registry_words(response));
}

Error Authorizer::denied(std::string message, const TokenScope& scope, bool reads) const {
  const auto known = entries_.find(scope.key());
  const bool any = known != entries_.end() && known->second.token;
  const auto grants = any ? granted_actions(known->second.token->value, scope.scope) : std::nullopt;
  std::string cause = fmt::format("{}; requested {}", found_->origin, actions_of(scope.scope));
  if (grants) cause += "; granted " + (grants->empty() ? "nothing" : *grants);
  const bool pulls = reads || scope.scope.find("push") == std::string::npos;
  return Error(ErrorClass::denied, "auth.denied",
               fmt::format("{} is not authorized to {} {}", describe_account(credential()),
                           pulls ? "pull from" : "push to", repository_of(scope.scope)))
      .cause(std::move(cause))
      .registry(std::move(message))
      .fix(fmt::format("ask an owner of the repository for {} access", pulls ? "pull" : "push"));
}

// The registry has not rejected a request: what the token grants takes the place of its error message.
Error Authorizer::push_denied(const TokenScope& scope) const {
  const auto grants = granted_actions(token_for(scope)->value, scope.scope).value_or("");
  std::string message =
      fmt::format("{}token grants {}", found_ ? "" : "anonymous ", grants.empty() ? "nothing" : grants);
  return found_ ? denied(std::move(message), scope, false) : required(std::move(message));
}

Error Authorizer::anonymous_denied(std::string message) {
  const std::lock_guard lock(mutex_);
  return with_tried_sources(required(std::move(message)));
}

std::string Authorizer::account() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown && found_ ? found_->origin : "anonymous";
}

std::string Authorizer::username() {
  const std::lock_guard lock(mutex_);
  return scheme_ != Scheme::unknown && found_ ? found_->username : "anonymous";
}

base::Result<std::optional<Credential>> Authorizer::current_credential() {
  const std::lock_guard lock(mutex_);
  if (final_) return with_tried_sources(final_->clone());
  if (auto loaded = load_credential(); !loaded) return with_tried_sources(std::move(loaded).error());
  if (!found_) return std::optional<Credential>();
  return std::optional(
      Credential{found_->username, found_->password.clone(), found_->origin, found_->kind, found_->renew_at});
}

std::optional<std::string> Authorizer::granted(const TokenScope& scope) {
  const std::lock_guard lock(mutex_);
  const auto* token = token_for(scope);
  return token != nullptr ? granted_actions(token->value, scope.scope) : std::nullopt;
}

bool Authorizer::has_token(const TokenScope& scope) {
  const std::lock_guard lock(mutex_);
  return token_for(scope) != nullptr;
}

}  // namespace berth::registry
