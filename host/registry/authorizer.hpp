// Authorizer: how this session authenticates to its one origin. Learns from the challenges; keeps the tokens that it
// got, by scope. Safe from any thread: one exchange with a token service at a time.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

class Authorizer {
 public:
  // What became of one request so far.
  struct Trial {
    bool renewed = false;      // it goes with the same credential in another form: refused again, that is final for it
    bool asked_again = false;  // the credential's source was asked for another, which it is once
  };

  // All references outlive the authorizer. `host` names the registry in errors; `login_help` says what a login there
  // takes (empty: nothing is known), for the fix of errors.
  Authorizer(std::string host, http::Origin origin, CredentialChain& credentials, http::ClientPool& pool,
             base::Log& log, std::string login_help)
      : host_(std::move(host)),
        origin_(std::move(origin)),
        credentials_(credentials),
        pool_(pool),
        log_(log),
        login_help_(std::move(login_help)) {}

  // The header's value for a request that needs `scope` ("repository:a/b:pull,push"; empty: no repository); nothing:
  // anonymous, or not challenged yet. Gets a token where one is needed, and renews what is about to end.
  base::Result<std::optional<base::Secret>> header(const std::string& scope, Trial& trial);

  // What a 401 asks for. Success: header(scope) has changed, send again. `sent` is what the refused request carried, or
  // null. Every credential is tried once, its source asked again once, and each 401 costs one exchange at the most.
  // Errors: class auth ("auth.required", "auth.refused", "auth.scheme", "auth.realm"), denied ("auth.denied"), and what
  // fetch_token() and the sources of credentials have.
  base::Result<void> answer(const http::Response& refusal, const base::Secret* sent, const std::string& scope,
                            Trial& trial);

  // Whose requests these are, in words, for errors; "anonymous" without a credential.
  std::string account();
  std::string username();

 private:
  enum class Scheme { unknown, basic, bearer };

  [[nodiscard]] const Credential* credential() const { return found_ ? &*found_ : nullptr; }
  [[nodiscard]] std::optional<base::Secret> header_now(const std::string& scope) const;
  [[nodiscard]] bool has_own_token() const;
  [[nodiscard]] bool has_fresh_token(const std::string& scope) const;
  [[nodiscard]] std::string with_help(std::string fix) const;
  base::Result<void> look_up();
  base::Result<void> renew_if_due();
  base::Result<void> renew(const std::string& scope, Trial& trial);
  base::Result<void> answer_basic(const http::Response& refusal, bool sent, Trial& trial);
  base::Result<void> answer_bearer(const http::Response& refusal, const Challenge& challenge, bool sent,
                                   const std::string& scope, Trial& trial);
  base::Result<void> exchange(const std::string& scope, const std::string& asked_for);
  base::Result<void> give_way(base::Error error, Trial& trial);
  [[nodiscard]] base::Error required(const http::Response& refusal) const;
  [[nodiscard]] base::Error refused(const http::Response& refusal) const;
  [[nodiscard]] base::Error denied(const http::Response& refusal, const std::string& scope) const;

  std::string host_;
  http::Origin origin_;
  CredentialChain& credentials_;
  http::ClientPool& pool_;
  base::Log& log_;
  std::string login_help_;
  std::mutex mutex_;  // guards all below, and credentials_
  bool looked_up_ = false;
  Scheme scheme_ = Scheme::unknown;
  std::optional<Credential> found_;
  TokenQuestion service_;                // realm and service of the last challenge
  std::map<std::string, Token> tokens_;  // by scope
};

}  // namespace berth::registry
