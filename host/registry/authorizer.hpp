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
  // All references outlive the authorizer. `host` names the registry in errors.
  Authorizer(std::string host, http::Origin origin, CredentialChain& credentials, http::ClientPool& pool,
             base::Log& log)
      : host_(std::move(host)), origin_(std::move(origin)), credentials_(credentials), pool_(pool), log_(log) {}

  // The header's value for a request that needs `scope` ("repository:a/b:pull,push"; empty: no repository); nothing:
  // anonymous, or not challenged yet. Gets a token where one is needed, and renews one that is about to end.
  base::Result<std::optional<base::Secret>> header(const std::string& scope);

  // What became of the credential that a request carried.
  enum class Answer {
    renewed,  // the same credential in another form (a token, a new token): a second refusal of this is final for it
    replaced  // by the next credential that was found
  };
  // What a 401 asks for. Success: header(scope) has changed, send again. `sent` is what the refused request carried, or
  // null; `final`: the last answer to this request was `renewed`. Every credential is tried once, and each 401 costs
  // one exchange at the most. Errors: class auth ("auth.required", "auth.refused", "auth.scheme", "auth.realm"), denied
  // ("auth.denied"), and what fetch_token() has.
  base::Result<Answer> answer(const http::Response& refusal, const base::Secret* sent, const std::string& scope,
                              bool final);

  // Whose requests these are, in words, for errors; "anonymous" without a credential.
  std::string account();
  std::string username();

 private:
  enum class Scheme { unknown, basic, bearer };

  [[nodiscard]] const Credential* credential() const { return found_ ? &*found_ : nullptr; }
  [[nodiscard]] std::optional<base::Secret> header_now(const std::string& scope) const;
  base::Result<void> look_up();
  base::Result<Answer> answer_basic(const http::Response& refusal, bool sent);
  base::Result<Answer> answer_bearer(const http::Response& refusal, const Challenge& challenge, bool sent,
                                     const std::string& scope, bool final);
  base::Result<void> exchange(const std::string& scope, const std::string& asked_for);
  base::Result<Answer> give_way(base::Error error);
  [[nodiscard]] base::Error required(const http::Response& refusal) const;
  [[nodiscard]] base::Error refused(const http::Response& refusal) const;
  [[nodiscard]] base::Error denied(const http::Response& refusal, const std::string& scope) const;

  std::string host_;
  http::Origin origin_;
  CredentialChain& credentials_;
  http::ClientPool& pool_;
  base::Log& log_;
  std::mutex mutex_;  // guards all below, and credentials_
  bool looked_up_ = false;
  Scheme scheme_ = Scheme::unknown;
  std::optional<Credential> found_;
  TokenQuestion service_;                // realm and service of the last challenge
  std::map<std::string, Token> tokens_;  // by scope
};

}  // namespace berth::registry
