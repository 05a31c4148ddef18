// What Authorizer knows of the token for one TokenScope. Value.
#pragma once

#include <optional>

#include "registry/scope_set.hpp"
#include "registry/token_service.hpp"

namespace berth::registry {

struct TokenEntry {
  ScopeSet scopes;  // to request when the token has to be replaced
  std::optional<Token> token;
  int unaccepted = 0;              // tokens in a row, this one included, that the registry has never accepted
  bool widened = false;            // once, because the service had granted too little
  bool mount_scope_fails = false;  // the second scope was refused
  bool push_denied = false;        // a token that was requested for a write does not grant push
};

}  // namespace berth::registry
