// AccessClient: what the registry permits the user: API version check, credentials and tokens. Part
// of RegistryClient, whose errors apply.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/authenticated_client.hpp"

namespace berth::registry {

// What is known about an account's access without having written anything.
struct Access {
  enum class Login {
    none,        // there are no credentials; none were required so far
    unverified,  // there are credentials, and no request that required them
    verified,    // the registry, or its token service, accepted the credentials
  };
  Login login = Login::none;
  bool push = false;  // a token grants push; false: not known
};

class AccessClient {
 public:
  // `client` must outlive this object.
  explicit AccessClient(AuthenticatedClient& client) : client_(client) {}

  // Sends end-1 without credentials, once, and stores the challenge, so that later requests are
  // authorized at once. Call it in parallel with slow work. Any status is success.
  base::Result<void> discover_auth();

  // end-1: checks that this host implements the distribution API and accepts the credentials. Sends
  // no request if an earlier response has shown both. `within`: for requests of a plugin, see
  // TokenScope::within.
  base::Result<void> ping(std::optional<std::string> within = std::nullopt);

  // Verifies the credentials and checks whether they permit pushing to `repository`, without
  // creating anything: sends end-1, end-8a and token requests. A token for push is requested only
  // without credentials, if the repository exists, or with `side_effects`: some registries create
  // the repository for such a request. Errors: those of ping(); "auth.refused" for rejected
  // credentials; "auth.denied" if a token lacks push; "auth.required" if the registry challenges
  // and there are no credentials, unless an anonymous token lists push.
  base::Result<Access> check(std::string_view repository, bool side_effects);

  // Returns whether requests are sent with a credential: there is one, and the registry has
  // challenged.
  [[nodiscard]] bool uses_credential() const;
  // Returns the credential that is sent once the registry challenges; std::nullopt without one.
  // Loads it if no request did so yet. Errors: those of CredentialChain.
  [[nodiscard]] base::Result<std::optional<Credential>> current_credential();

  // Requests a token for `repository`, unless there is one. Returns the token's scope; std::nullopt
  // if the registry has not challenged for a token.
  base::Result<std::optional<std::string>> obtain_token(std::string_view repository);
  // Returns the actions that the current token grants on a repository ("pull"); std::nullopt
  // without a token, or if it does not list them.
  [[nodiscard]] std::optional<std::string> granted_actions(std::string_view repository) const;
  // Requests a token for `actions` ("pull,push"). Returns which of them it grants; std::nullopt if
  // the registry does not use tokens, or the token does not list them. Some registries create the
  // repository if push is requested.
  base::Result<std::optional<std::string>> request_actions(std::string_view repository,
                                                           std::string_view actions);

 private:
  base::Result<Access> check_anonymous(const TokenScope& push);
  base::Result<void> verify_credential(std::string_view repository);
  base::Result<void> verify_unchallenged();
  base::Result<bool> check_push_granted(std::string_view repository, const TokenScope& push,
                                        bool side_effects);
  base::Result<bool> has_tags(std::string_view repository);

  AuthenticatedClient& client_;
};

}  // namespace berth::registry
