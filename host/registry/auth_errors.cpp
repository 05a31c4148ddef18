#include "registry/auth_errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "registry/api_error.hpp"
#include "registry/scope_set.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// Returns "pull,push" of "repository:a/b:pull,push".
std::string actions_of(const std::string& scope) { return scope.substr(scope.rfind(':') + 1); }

}  // namespace

Error AuthErrors::required(std::string message) const {
  return Error(ErrorClass::auth, "auth.required", host_ + " requires authentication")
      .cause("no credentials for " + host_)
      .registry(std::move(message));
}

Error AuthErrors::rejected(const Credential& credential, const http::Response& response) const {
  return Error(
             ErrorClass::auth, "auth.refused",
             fmt::format("{} rejected the credentials of {}", host_, describe_account(&credential)))
      .cause(credential.source)
      .registry(error_message(response));
}

Error AuthErrors::denied(std::string message, const Credential& credential, const Token* token,
                         const TokenScope& scope, bool reads) const {
  const auto grants = token != nullptr ? granted_actions(token->value, scope.scope) : std::nullopt;
  std::string cause = fmt::format("{}; requested {}", credential.source, actions_of(scope.scope));
  if (grants) cause += "; granted " + (grants->empty() ? "nothing" : *grants);
  const bool pulls = reads || scope.scope.find("push") == std::string::npos;
  return Error(ErrorClass::denied, "auth.denied",
               fmt::format("{} is not authorized to {} {}", describe_account(&credential),
                           pulls ? "pull from" : "push to", repository_of(scope.scope)))
      .cause(std::move(cause))
      .registry(std::move(message))
      .fix(fmt::format("ask an owner of the repository for {} access", pulls ? "pull" : "push"));
}

Error AuthErrors::push_denied(const Credential* credential, const Token& token, const Token* own,
                              const TokenScope& scope) const {
  const auto grants = granted_actions(token.value, scope.scope).value_or("");
  std::string message = fmt::format("{}token grants {}", credential == nullptr ? "anonymous " : "",
                                    grants.empty() ? "nothing" : grants);
  if (credential == nullptr) return required(std::move(message));
  return denied(std::move(message), *credential, own, scope, false);
}

Error AuthErrors::unsupported_scheme(const std::vector<Challenge>& challenges,
                                     const http::Response& response) const {
  std::vector<std::string> schemes;
  for (const auto& challenge : challenges) schemes.push_back(challenge.scheme);
  return Error(ErrorClass::auth, "auth.scheme",
               host_ + " requires an unsupported authentication scheme")
      .cause(schemes.empty() ? "401 without a challenge (WWW-Authenticate)"
                             : fmt::format("it requires {}; supported: Basic, Bearer",
                                           fmt::join(schemes, ", ")))
      .registry(error_message(response));
}

Error AuthErrors::password_required(const Credential& credential,
                                    const http::Response& response) const {
  return Error(ErrorClass::auth, "auth.scheme", host_ + " requires a user name and a password")
      .cause("found: " + credential.source)
      .registry(error_message(response));
}

Error AuthErrors::with_tried_sources(Error error, const CredentialChain& chain) const {
  const bool needs_login = error.code() == "auth.required" || error.code() == "auth.refused";
  if (needs_login && error.fix().empty()) {
    auto fix = login_fix(error.code() == "auth.refused", chain);
    error = std::move(error).fix(std::move(fix));
  }
  const auto tried = chain.describe_attempts();
  if (error.error_class() != ErrorClass::auth || tried.empty()) return error;
  const std::string before = error.cause().empty() ? "" : error.cause() + "; ";
  return std::move(error).cause(before + tried);
}

// Explicit credentials take precedence over stored ones, so a login would not help.
std::string AuthErrors::login_fix(bool rejected, const CredentialChain& chain) const {
  const auto& tried = chain.tried();
  std::string fix = "berth login " + host_;
  if (rejected && !chain.ends_anonymous() && !tried.empty())
    fix = "check the user name and the password from " + tried.back().location;
  else if (!rejected)
    fix += ", or pass --username USER --password-stdin";
  return login_help_.empty() ? fix : fmt::format("{} ({})", fix, login_help_);
}

}  // namespace berth::registry
