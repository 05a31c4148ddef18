// Where the credential for a registry comes from. Each source says in words what it has and where it was found, so that
// an auth error can name it.
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
  std::optional<std::chrono::steady_clock::time_point> renew_at{};  // it ends soon after: ask its source again
};

// "user acme-bot", "the identity token", "an anonymous user" for nullptr.
std::string describe_account(const Credential* credential);

// Whose credential is wanted.
struct CredentialQuestion {
  std::string host;        // as Reference::host() spells it
  std::string repository;  // below the host; empty: none
  std::string username{};  // whose credential alone is wanted; empty: anybody's
};

// What the registry answered to a request with a credential that it did not accept.
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

  // What is looked at, for "tried: …".
  [[nodiscard]] virtual std::string place() const = 0;
  // Nothing: this source has none. An error is a source that is broken, which is not hidden by asking the next.
  virtual base::Result<std::optional<Credential>> find(const CredentialQuestion& question) = 0;
  // Another credential in place of the one that find() gave, which has ended or was refused; nothing: there is none.
  // What was read from a file, or typed, has no other.
  virtual base::Result<std::optional<Credential>> again(const CredentialQuestion& question, bool refused);
  // Whether is_expired() may return true.
  [[nodiscard]] virtual bool recognises_expiry() const { return false; }
  // Whether `rejection`, a 403, means that the credential of this source has expired, so that again() may have another.
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

// "tried: standard input (user me: rejected), /home/me/.docker/config.json (none)"; empty if nothing was tried.
std::string describe_attempts(const std::vector<Tried>& sources);

// The sources of one question, in their order. Explicit credentials, for this command or this container registry, are
// used or rejected: no source after them is asked. Discovered ones are replaced, once rejected, by the next; each
// source is asked once. Not thread-safe.
class CredentialChain {
 public:
  // `only_user`, unless empty: the sources were told to look for this user alone.
  explicit CredentialChain(CredentialQuestion question, std::string only_user = {})
      : question_(std::move(question)), only_user_(std::move(only_user)) {}

  void add_given(std::unique_ptr<CredentialSource> source) {
    sources_.push_back({std::move(source), true});
    any_given_ = true;
  }
  void add_found(std::unique_ptr<CredentialSource> source) { sources_.push_back({std::move(source), false}); }

  // The first credential, then, asked again (the one before was refused), the one after it; nothing: there is none
  // left. Class auth: "auth.not-given" where what was given, or the user that was named, is in none of the places; and
  // whatever a broken source says.
  base::Result<std::optional<Credential>> next();
  // What the source of the last credential gives in its place: see CredentialSource::again.
  base::Result<std::optional<Credential>> again(bool refused);
  // CredentialSource's, of that source; false if there is none.
  [[nodiscard]] bool recognises_expiry() const { return last_ != nullptr && last_->recognises_expiry(); }
  base::Result<bool> is_expired(const Rejection& rejection);
  // Whether no credentials at all are acceptable: not if a user or a source was named explicitly.
  [[nodiscard]] bool ends_anonymous() const { return !any_given_ && only_user_.empty(); }
  // Every place that was looked at so far, in order; the last one's credential is the one in use.
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
  std::optional<std::size_t> in_use_;  // of tried_
  std::vector<Tried> tried_;
};

// A user name and a password that a person typed or set for this call.
class GivenCredential final : public CredentialSource {
 public:
  // `from` in words: "standard input".
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
