// CredentialChain: the sources of credentials for a registry, in order. Each source describes what
// it has and where that was found, so that auth errors can name it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "registry/credential.hpp"

namespace berth::registry {

// A source of credentials: a file, a helper, a flavor, the command line. Not thread-safe.
class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  // Returns the path or name of what is searched, for "tried: …".
  [[nodiscard]] virtual std::string location() const = 0;
  // Returns std::nullopt if this source has no credentials. Fails if it is broken: later sources
  // are then not tried.
  virtual base::Result<std::optional<Credential>> find(const CredentialRequest& request) = 0;
  // Returns a credential to replace the one from find(), which has expired or was rejected
  // (`rejected`); std::nullopt if it has none. Files and explicit credentials have no replacement.
  virtual base::Result<std::optional<Credential>> refresh(const CredentialRequest& request,
                                                          bool rejected);
  // Returns whether is_expired() may return true.
  [[nodiscard]] virtual bool recognises_expiry() const { return false; }
  // Returns whether `rejection`, a 403, means that this source's credential has expired; then
  // refresh() may return another.
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
  std::string location;
  std::string account;  // as describe_account(); empty: absent or broken
  Outcome outcome = Outcome::absent;
};

// Returns "tried: standard input (user me: rejected), /home/me/.docker/config.json (none)"; empty
// if nothing was tried.
std::string describe_attempts(const std::vector<Tried>& sources);

// CredentialChain: the sources of one request, in order. Explicit credentials (for this command or
// this container registry) are used or rejected: no later source is tried. If discovered ones are
// rejected, the next source is tried. Each source is asked once. Not thread-safe.
class CredentialChain {
 public:
  // `only_user`: the only user that the sources search for; empty: any.
  explicit CredentialChain(CredentialRequest request, std::string only_user = {})
      : request_(std::move(request)), only_user_(std::move(only_user)) {}

  void add_explicit(std::unique_ptr<CredentialSource> source) {
    sources_.push_back({std::move(source), true});
    any_explicit_ = true;
  }
  void add_discovered(std::unique_ptr<CredentialSource> source) {
    sources_.push_back({std::move(source), false});
  }

  // Returns the first credential; each later call means that the previous one was rejected, and
  // returns the next. std::nullopt if none is left. Fails with class auth, code "auth.not-given",
  // if explicit credentials or the explicit user's were not found, and with the error of a broken
  // source.
  base::Result<std::optional<Credential>> next();
  // Returns a replacement for the last credential, from the same source; see
  // CredentialSource::refresh().
  base::Result<std::optional<Credential>> refresh(bool rejected);
  // These two call the last credential's source; false without one.
  [[nodiscard]] bool recognises_expiry() const {
    return last_ != nullptr && last_->recognises_expiry();
  }
  base::Result<bool> is_expired(const Rejection& rejection);
  // Returns whether anonymous access is acceptable: not if a user or a source was named explicitly.
  [[nodiscard]] bool ends_anonymous() const { return !any_explicit_ && only_user_.empty(); }
  // Returns the sources tried so far, in order. The credential in use is from the last one.
  [[nodiscard]] const std::vector<Tried>& tried() const { return tried_; }
  [[nodiscard]] std::string describe_attempts() const {
    return registry::describe_attempts(tried_);
  }

 private:
  struct Entry {
    std::unique_ptr<CredentialSource> source;
    bool is_explicit;
  };
  base::Result<std::optional<Credential>> end();
  void record_rejection();

  CredentialRequest request_;
  std::string only_user_;
  std::vector<Entry> sources_;
  std::size_t next_ = 0;
  CredentialSource* last_ = nullptr;
  bool any_explicit_ = false;
  std::optional<std::size_t> in_use_;  // index into tried_
  std::vector<Tried> tried_;
};

// A user name and a password that the user specified for this command.
class ExplicitCredential final : public CredentialSource {
 public:
  // `location` describes where they were specified: "standard input".
  ExplicitCredential(std::string username, base::Secret password, std::string location)
      : username_(std::move(username)),
        password_(std::move(password)),
        location_(std::move(location)) {}
  [[nodiscard]] std::string location() const override { return location_; }
  base::Result<std::optional<Credential>> find(const CredentialRequest& request) override;

 private:
  std::string username_;
  base::Secret password_;
  std::string location_;
};

}  // namespace berth::registry
