// What one request needs of authentication, and how it has gone so far. Values.
#pragma once

#include <optional>
#include <string>

namespace berth::registry {

// What a request needs a token for.
struct TokenScope {
  std::string scope;             // "repository:a/b:pull,push"; empty: no repository
  std::string mount_scope = {};  // requested in the same token ("repository:c:pull"), and left out where the service
                                 // refuses the two together
  // Of a request for a plugin: a challenge may add only actions that read, of repositories at or below this path ("":
  // of all). std::nullopt: whatever it names.
  std::optional<std::string> within = {};
  [[nodiscard]] std::string key() const { return scope + " " + mount_scope + (within ? " within " + *within : ""); }
};

// How the authentication of one request has gone so far.
struct AuthState {
  bool optional = false;   // set by the caller, who can go on without the response: a refusal changes nothing
  bool reads = false;      // set by the caller: GET or HEAD
  bool writes = false;     // set by the caller: the request requires the action push, if `scope` has it
  bool retried = false;    // sent with the current credential in the scheme that the challenge requires
  bool replaced = false;   // the token that was sent was replaced by a new one
  bool refreshed = false;  // the credential's source was asked for a replacement
  int reused = 0;          // how often another thread's credential or token was used
};

}  // namespace berth::registry
