// Authorizer: how this session authenticates to its one origin. Learns from the challenges; keeps the tokens that it
// got, for the account in use, by service and scopes. Safe from any thread: one exchange with a token service at a
// time.
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
#include "registry/scope_set.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

// What a request needs a token for.
struct Wanted {
  std::string scope;      // "repository:a/b:pull,push"; empty: no repository
  std::string also = {};  // asked for in the same token ("repository:c:pull", to mount from), and left out where the
                          // service refuses the two together
  [[nodiscard]] std::string key() const { return scope + " " + also; }
};

class Authorizer {
 public:
  // What became of one request so far.
  struct Trial {
    bool renewed = false;      // it goes with the same credential in another form: refused again, that is final for it
    bool asked_again = false;  // the credential's source was asked for another, which it is once
    int shared = 0;            // how often another thread's renewal was taken over
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

  // The header's value for a request; nothing: anonymous, or not challenged yet. Gets a token where one is needed, and
  // renews what is about to end. Errors as answer() has them.
  base::Result<std::optional<base::Secret>> header(const Wanted& wanted, Trial& trial);

  // What the answer to a request without any header tells of logins, so that header() has one before the first
  // refusal.
  void heed(const http::Response& response);

  // What a 401 asks for. Success: header(wanted) has changed, send again. `sent` is what the refused request carried,
  // or null. Every credential is tried once, its source asked again once, in the end nobody's, and each 401 costs one
  // exchange for a credential. Errors: class auth ("auth.required", "auth.refused", "auth.scheme", "auth.realm", and
  // what CredentialChain has), denied ("auth.denied"), and what fetch_token() has; of several refusals the one that got
  // furthest. Those of class auth say which places were tried.
  base::Result<void> answer(const http::Response& refusal, const base::Secret* sent, const Wanted& wanted,
                            Trial& trial);

  // Whether renew_expired() may return true for this request.
  bool recognises_expiry(const Trial& trial);
  // Whether a 403, `rejection`, to a request with the header `sent`, means that the credential has expired, which its
  // source decides, and another is in its place: then send again. At most once for each request, and not after
  // answer() asked the source. Fails as the source does.
  base::Result<bool> renew_expired(const Rejection& rejection, const base::Secret& sent, const Wanted& wanted,
                                   Trial& trial);

  // Whose requests these are, in words, for errors; "anonymous" without a credential.
  std::string account();
  std::string username();
  // A copy of the credential in use, looked up where that was not done yet; std::nullopt: anonymous.
  base::Result<std::optional<Credential>> current_credential();
  // `error` without the secrets that the registry was sent: some repeat in their answers what they were asked with.
  base::Error without_secrets(base::Error error);
  // Whether a token service gave one that serves `wanted`.
  bool has_token(const Wanted& wanted);
  // What the token for `wanted` grants on its repository ("pull"); nothing: there is none, or it does not tell.
  std::optional<std::string> granted(const Wanted& wanted);

 private:
  enum class Scheme { unknown, basic, bearer };
  // A token, and what to ask for when it has to be asked for again.
  struct Entry {
    ScopeSet scopes;
    std::optional<Token> token;
    bool widened = false;     // once, because the service had granted too little
    bool also_fails = false;  // the second scope was refused
  };

  [[nodiscard]] const Credential* credential() const { return found_ ? &*found_ : nullptr; }
  [[nodiscard]] bool holds(Credential::Kind kind) const { return found_ && found_->kind == kind; }
  Entry& entry_of(const Wanted& wanted);
  [[nodiscard]] const Token* token_for(const Wanted& wanted) const;
  [[nodiscard]] std::optional<base::Secret> header_now(const Wanted& wanted) const;
  [[nodiscard]] std::string with_help(std::string fix) const;
  base::Result<void> look_up();
  base::Result<void> renew(const Wanted& wanted, Trial& trial);
  base::Result<void> renew_if_due();
  void learn(const Challenge& challenge, http::AddressKind from);
  base::Result<void> answer_unlocked(const http::Response& refusal, const base::Secret* sent, const Wanted& wanted,
                                     Trial& trial);
  base::Result<void> answer_basic(const http::Response& refusal, bool sent, Trial& trial);
  base::Result<void> answer_bearer(const http::Response& refusal, const Challenge& challenge, bool sent,
                                   const Wanted& wanted, Trial& trial);
  base::Result<void> exchange(Entry& entry, const std::string& also);
  base::Result<void> obtain(const Wanted& wanted, Trial& trial);
  base::Result<void> give_way(base::Error error, Trial& trial);
  base::Result<std::optional<Credential>> another(Trial& trial);
  void take(std::optional<Credential> next);
  [[nodiscard]] base::Error explained(base::Error error) const;
  [[nodiscard]] base::Error hidden(base::Error error) const;
  [[nodiscard]] base::Error required(const http::Response& refusal) const;
  [[nodiscard]] base::Error refused(const http::Response& refusal) const;
  [[nodiscard]] base::Error denied(const http::Response& refusal, const Wanted& wanted) const;

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
  std::optional<base::Error> refusal_;    // of the credentials that gave way, the one that got furthest
  TokenQuestion service_;                 // realm and service of the last challenge
  std::map<std::string, Entry> entries_;  // by what is wanted
};

}  // namespace berth::registry
