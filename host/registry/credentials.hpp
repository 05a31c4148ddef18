// CredentialSource and CredentialChain: where the credentials for a registry come from. Each source describes what it
// has and where that was found, so that auth errors can name it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace berth::registry {

struct Credential {
  enum class Kind {
    password,        // with a username: Basic, or exchanged for a token
    identity_token,  // exchanged for a token (an OAuth2 refresh token)
    registry_token,  // a bearer token, sent as it is
  };
  std::string username;  // empty for tokens
  base::Secret password;
  std::string origin;  // "password of acme-bot, from ~/.docker/config.json, entry r.example"
  Kind kind = Kind::password;
  std::optional<std::chrono::steady_clock::time_point> renew_at{};  // expires soon after: ask its source for another
};

// Returns "user acme-bot" or "the identity token"; "an anonymous user" for nullptr.
std::string describe_account(const Credential* credential);

// Which credentials are requested from a source.
struct CredentialQuestion {
  std::string host;        // as Reference::host() spells it
  std::string repository;  // below the host; empty: none
  std::string username{};  // only this user's credentials; empty: any user's
};

// A registry's response by which it rejected a request that carried a credential.
struct Rejection {
  std::string code;        // berth's: "auth.denied"
  std::string message;     // the registry's: "403 DENIED: Your authorization token has expired"
  std::string repository;  // below the host; empty: none
};

class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  // Returns what is searched, for "tried: …".
  [[nodiscard]] virtual std::string place() const = 0;
  // Returns std::nullopt if this source has no credentials. Fails if it is broken: later sources are then not tried.
  virtual base::Result<std::optional<Credential>> find(const CredentialQuestion& question) = 0;
  // Returns a credential to replace the one from find(), which has expired or was rejected (`refused`); std::nullopt
  // if it has none. Files and explicit credentials have no replacement.
  virtual base::Result<std::optional<Credential>> again(const CredentialQuestion& question, bool refused);
  // Returns whether is_expired() may return true.
  [[nodiscard]] virtual bool recognises_expiry() const { return false; }
  // Returns whether `rejection`, a 403, means that this source's credential has expired; then again() may return
  // another.
  virtual base::Result<bool> is_expired(const Rejection& rejection);
};

// A source of credentials that was tried, and its outcome.
struct Tried {
  enum class Outcome {
    absent,    // no credentials for this registry
    in_use,    // its credentials are in use
    rejected,  // by the registry or its token service
    broken,
  };
  std::string place;
  std::string account;  // as describe_account(); empty: absent or broken
  Outcome outcome = Outcome::absent;
};

// Returns "tried: standard input (user me: rejected), /home/me/.docker/config.json (none)"; empty if nothing was
// tried.
std::string describe_attempts(const std::vector<Tried>& sources);

// CredentialChain: the sources of one request, in order. Explicit credentials (for this command or this container
// registry) are used or rejected: no later source is tried. If discovered ones are rejected, the next source is
// tried. Each source is asked once. Not thread-safe.
class CredentialChain {
 public:
  // `only_user`: the only user that the sources search for; empty: any.
  explicit CredentialChain(CredentialQuestion question, std::string only_user = {})
      : question_(std::move(question)), only_user_(std::move(only_user)) {}

  void add_given(std::unique_ptr<CredentialSource> source) {
    sources_.push_back({std::move(source), true});
    any_given_ = true;
  }
  void add_found(std::unique_ptr<CredentialSource> source) { sources_.push_back({std::move(source), false}); }

  // Returns the first credential; each later call means that the previous one was rejected, and returns the next.
  // std::nullopt if none is left. Fails with class auth, code "auth.not-given", if explicit credentials or the
  // explicit user's were not found, and with the error of a broken source.
  base::Result<std::optional<Credential>> next();
  // Returns a replacement for the last credential, from the same source; see CredentialSource::again().
  base::Result<std::optional<Credential>> again(bool refused);
  // These two call the last credential's source; false without one.
  [[nodiscard]] bool recognises_expiry() const { return last_ != nullptr && last_->recognises_expiry(); }
  base::Result<bool> is_expired(const Rejection& rejection);
  // Returns whether anonymous access is acceptable: not if a user or a source was named explicitly.
  [[nodiscard]] bool ends_anonymous() const { return !any_given_ && only_user_.empty(); }
  // Returns the sources tried so far, in order. The credential in use is from the last one.
  [[nodiscard]] const std::vector<Tried>& tried() const { return tried_; }
  [[nodiscard]] std::string describe_attempts() const { return registry::describe_attempts(tried_); }

 private:
  struct Entry {
    std::unique_ptr<CredentialSource> source;
    bool given;
  };
  base::Result<std::optional<Credential>> end();
  void note_rejection();

  CredentialQuestion question_;
  std::string only_user_;
  std::vector<Entry> sources_;
  std::size_t next_ = 0;
  CredentialSource* last_ = nullptr;
  bool any_given_ = false;
  std::optional<std::size_t> in_use_;  // index into tried_
  std::vector<Tried> tried_;
};

// A user name and a password that the user typed, or set for this call.
class GivenCredential final : public CredentialSource {
 public:
  // `from` describes the source: "standard input".
  GivenCredential(std::string username, base::Secret password, std::string from)
      : username_(std::move(username)), password_(std::move(password)), from_(std::move(from)) {}
  [[nodiscard]] std::string place() const override { return from_; }
  base::Result<std::optional<Credential>> find(const CredentialQuestion& question) override;

 private:
  std::string username_;
  base::Secret password_;
  std::string from_;
};

}  // namespace berth::registry
