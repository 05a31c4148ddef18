// Authorizer: how this session authenticates to its one origin. Learns from the first challenge; safe from any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "http/message.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {

class Authorizer {
 public:
  // `credentials` outlives the authorizer.
  Authorizer(std::string host, CredentialSource& credentials) : host_(std::move(host)), credentials_(credentials) {}

  // The header's value that requests carry from now on; none: anonymous.
  std::optional<base::Secret> header();

  // What a 401 asks for. Success: header() has changed, send again. `sent` says whether the refused request carried a
  // credential. Errors: class auth, "auth.required", "auth.refused", "auth.scheme".
  base::Result<void> answer(const http::Response& refusal, bool sent);

  // Whose requests these are, in words, for errors; "anonymous" without a credential.
  std::string account();
  std::string username();

 private:
  base::Result<void> look_up();

  std::string host_;
  CredentialSource& credentials_;
  std::mutex mutex_;
  bool looked_up_ = false;
  bool challenged_ = false;
  CredentialAnswer found_;
};

}  // namespace berth::registry
