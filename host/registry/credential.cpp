#include "registry/credential.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"

namespace berth::registry {

std::string describe_account(const Credential* credential) {
  if (credential == nullptr) return "an anonymous user";
  if (credential->kind == Credential::Kind::identity_token) return "the identity token";
  if (credential->kind == Credential::Kind::registry_token) return "the registry token";
  return "user " + base::escape(credential->username, 120);
}

base::Secret basic_header(const Credential& credential) {
  return base::Secret("Basic " + base::base64_encode(credential.username + ":" +
                                                     std::string(credential.password.reveal())));
}

base::Secret bearer_header(const base::Secret& token) {
  return base::Secret("Bearer " + std::string(token.reveal()));
}

}  // namespace berth::registry
