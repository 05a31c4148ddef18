// Fills the user's credentials into an HTTP request of a flavor. The plugin writes placeholders;
// the host replaces them, so that the plugin never receives the credentials.
// Source: abi.h, berth_http_request.body.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"
#include "registry/credential_chain.hpp"

namespace berth::flavor {

// Returns the credential that is in use for the container registry; std::nullopt if the registry is
// used without credentials. The function itself is empty in calls without a connection to the
// registry.
using CurrentCredential = std::function<base::Result<std::optional<registry::Credential>>()>;

// Returns whether `body` contains a placeholder for the user name or the password.
bool has_credential_placeholder(std::string_view body);

// Replaces the placeholders in the request's body and escapes the values as its Content-Type
// requires.
// Errors: class plugin, code "plugin.question": the Content-Type is neither JSON nor a form; class
// auth, code "auth.not-password": the credential is a token; class auth, code "auth.not-text": the
// body is JSON and the password is not valid UTF-8.
base::Result<void> fill_in_credential(http::Request& request,
                                      const registry::Credential& credential);

}  // namespace berth::flavor
