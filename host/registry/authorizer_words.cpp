// What an Authorizer says of itself, and of what went wrong.
#include <fmt/format.h>

#include "base/redact.hpp"
#include "registry/api_error.hpp"
#include "registry/authorizer.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {

using base::Error;
using base::ErrorClass;

Error Authorizer::hidden(Error error) const {
  std::string words = error.registry();
  if (found_) words = base::redact(std::move(words), found_->password);
  for (const auto& [key, entry] : entries_)
    if (entry.token) words = base::redact(std::move(words), entry.token->value);
  return std::move(error).registry(std::move(words));
}

Error Authorizer::without_secrets(Error error) {
  const std::lock_guard lock(mutex_);
  return hidden(std::move(error));
}

// Every auth error says which places were tried.
Error Authorizer::explained(Error error) const {
  error = hidden(std::move(error));
  const auto tried = credentials_.tried_words();
  if (error.error_class() != ErrorClass::auth || tried.empty()) return error;
  const std::string before = error.cause().empty() ? "" : error.cause() + "; ";
  return std::move(error).cause(before + tried);
}

std::string Authorizer::with_help(std::string fix) const {
  return login_help_.empty() ? std::move(fix) : fmt::format("{} ({})", fix, login_help_);
}

Error Authorizer::required(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.required", host_ + " wants a login")
      .cause("no credentials for " + host_)
      .registry(registry_words(refusal))
      .fix(with_help("berth login " + host_ + ", or --username USER --password-stdin"));
}

Error Authorizer::refused(const http::Response& refusal) const {
  return Error(ErrorClass::auth, "auth.refused", fmt::format("{} refused {}", host_, login_name(credential())))
      .cause(found_->origin)
      .registry(registry_words(refusal))
      .fix(with_help("log in again: berth login " + host_));
}

Error Authorizer::denied(const http::Response& refusal, const Wanted& wanted) const {
  const auto known = entries_.find(wanted.key());
  const bool any = known != entries_.end() && known->second.token;
  const auto grants = any ? granted_actions(known->second.token->value, wanted.scope) : std::nullopt;
  std::string cause = fmt::format("{}; asked for {}", found_->origin, wanted.scope);
  if (grants) cause += "; granted " + (grants->empty() ? "nothing" : *grants);
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

base::Result<std::optional<Credential>> Authorizer::current_credential() {
  const std::lock_guard lock(mutex_);
  if (auto looked_up = look_up(); !looked_up) return explained(std::move(looked_up).error());
  if (!found_) return std::optional<Credential>();
  return std::optional(
      Credential{found_->username, found_->password.clone(), found_->origin, found_->kind, found_->renew_at});
}

std::optional<std::string> Authorizer::granted(const Wanted& wanted) {
  const std::lock_guard lock(mutex_);
  const auto* token = token_for(wanted);
  return token != nullptr ? granted_actions(token->value, wanted.scope) : std::nullopt;
}

bool Authorizer::has_token(const Wanted& wanted) {
  const std::lock_guard lock(mutex_);
  return token_for(wanted) != nullptr;
}

}  // namespace berth::registry
