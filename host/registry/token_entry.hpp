// What Authorizer knows of the token for one TokenScope. Value.
#pragma once

#include <optional>

#include "registry/scope_set.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

struct TokenEntry {
  ScopeSet scopes;  // to request when the token has to be replaced
  std::optional<Token> token;
  // Tokens in a row, this one included, that the registry has never accepted; for a write. A read that is accepted
  // shows nothing about writing.
  int unaccepted = 0;
  int unaccepted_writes = 0;
  int optional_renewals = 0;       // replacements of tokens that were refused for optional requests
  bool widened = false;            // once, because the service had granted too little
  bool mount_scope_fails = false;  // the second scope was refused
  bool push_denied = false;        // a token that was requested for a write does not grant push
};

}  // namespace berth::registry
