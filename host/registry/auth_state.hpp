// The authentication that one request needs, and its progress. Values.
#pragma once

#include <optional>
#include <string>

namespace berth::registry {

// The scope of the token that a request needs.
struct TokenScope {
  std::string scope;  // "repository:a/b:pull,push"; empty: no repository
  // For a plugin's request: a challenge may add only actions that read, on repositories at or below
  // this path ("": on all). std::nullopt: a challenge may add anything.
  std::optional<std::string> within = {};
  // "repository:c/d:pull", for an optional request that mounts a blob of another repository; empty
  // for other requests. Requested together with `scope`.
  std::string mount_scope = {};
  [[nodiscard]] std::string key() const {
    return scope + (mount_scope.empty() ? "" : " " + mount_scope) +
           (within ? " within " + *within : "");
  }
};

// Progress of one request's authentication.
struct AuthState {
  bool optional =
      false;           // set by the caller, who needs no response: a rejection keeps the credential
  bool reads = false;  // set by the caller: GET or HEAD
  bool writes =
      false;  // set by the caller: the request requires the action push, if `scope` has it
  bool retried =
      false;  // sent with the current credential in the scheme that the challenge requires
  bool replaced = false;   // the token that was sent was replaced by a new one
  bool refreshed = false;  // the credential's source was asked for a replacement
  int reused = 0;          // how often another thread's credential or token was used
};

}  // namespace berth::registry
