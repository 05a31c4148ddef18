// AuthErrors: the errors of Authorizer.
#pragma once

#include <string>
#include <vector>

#include "http/message.hpp"
#include "registry/auth_state.hpp"
#include "registry/challenge.hpp"
#include "registry/credential_chain.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

class AuthErrors {
 public:
  // `host` names the registry; `login_help` describes its credentials (empty: not known), for the
  // fix.
  AuthErrors(std::string host, std::string login_help)
      : host_(std::move(host)), login_help_(std::move(login_help)) {}

  // The registry requires credentials, and none were found; `message` is its own. Class auth, code
  // "auth.required".
  [[nodiscard]] base::Error required(std::string message) const;
  // The registry rejected `credential`. Class auth, code "auth.refused".
  [[nodiscard]] base::Error rejected(const Credential& credential,
                                     const http::Response& response) const;
  // `credential` is valid, and not authorized for `scope`. `token` is that of the scope, nullptr
  // without one; `reads`: the request was GET or HEAD. Class denied, code "auth.denied".
  [[nodiscard]] base::Error denied(std::string message, const Credential& credential,
                                   const Token* token, const TokenScope& scope, bool reads) const;
  // `token` does not grant push. As denied(), or as required() without a credential (nullptr).
  // `own`: the token of the scope itself; nullptr without one. The registry has rejected no
  // request: what the token grants is the message.
  [[nodiscard]] base::Error push_denied(const Credential* credential, const Token& token,
                                        const Token* own, const TokenScope& scope) const;
  // The registry requires none of the supported schemes, or one that `credential` cannot be used
  // with. Class auth, code "auth.scheme".
  [[nodiscard]] base::Error unsupported_scheme(const std::vector<Challenge>& challenges,
                                               const http::Response& response) const;
  [[nodiscard]] base::Error password_required(const Credential& credential,
                                              const http::Response& response) const;
  // Adds the sources that `chain` has tried to the cause of an auth error, and how to log in as its
  // fix.
  [[nodiscard]] base::Error with_tried_sources(base::Error error,
                                               const CredentialChain& chain) const;

 private:
  [[nodiscard]] std::string login_fix(bool rejected, const CredentialChain& chain) const;

  std::string host_;
  std::string login_help_;
};

}  // namespace berth::registry
