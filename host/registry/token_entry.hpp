// TokenEntry: the state of Authorizer's token for one TokenScope. Value.
#pragma once

#include <optional>

#include "registry/scope_set.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

struct TokenEntry {
  ScopeSet scopes;  // to request when the token has to be replaced
  std::optional<Token> token;
  // Number of consecutive tokens, including this one, that the registry has never accepted; the second counts for
  // requests that write, since an accepted read shows nothing about writing.
  int unaccepted = 0;
  int unaccepted_writes = 0;
  int optional_renewals = 0;       // replacements of tokens that were refused for optional requests
  bool widened = false;            // requested again, once, because the service had granted too little
  bool mount_scope_fails = false;  // the service refused the second scope
  bool push_denied = false;        // a token that was requested for a write does not grant push
};

}  // namespace berth::registry
