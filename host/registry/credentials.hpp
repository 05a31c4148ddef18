// Where the credential for a registry host comes from. Each answer says in words what it is and where it was found, so
// that an auth error can name it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace berth::registry {

struct Credential {
  std::string username;
  base::Secret password;
  std::string origin;  // "password of acme-bot, from ~/.docker/config.json, entry ghcr.io"
};

struct CredentialAnswer {
  std::optional<Credential> credential;  // none: anonymous
  std::vector<std::string> tried;        // every place that was looked in, in order, in words
};

class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  // Safe from any thread. `host` as Reference::host() spells it. An error is a source that is broken, not one without.
  virtual base::Result<CredentialAnswer> credential_for(std::string_view host) = 0;
};

// Docker's config.json: `auths` with `auth` (or plain username and password), in all the key spellings that docker
// writes (host, https://host, https://host/v1/, https://index.docker.io/v1/ for Docker Hub).
// `file` is config.json in $DOCKER_CONFIG, else in ~/.docker. A missing file is no credential. Bounded; class auth,
// "auth.config".
class DockerConfig final : public CredentialSource {
 public:
  explicit DockerConfig(std::string file) : path_(std::move(file)) {}
  base::Result<CredentialAnswer> credential_for(std::string_view host) override;

 private:
  std::string path_;
};

// One credential that the user typed, for one host and no other.
class GivenCredential final : public CredentialSource {
 public:
  GivenCredential(std::string host, Credential credential)
      : host_(std::move(host)), credential_(std::move(credential)) {}
  base::Result<CredentialAnswer> credential_for(std::string_view host) override;

 private:
  std::string host_;
  Credential credential_;
};

}  // namespace berth::registry
