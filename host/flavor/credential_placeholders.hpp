// The user's credentials in a flavor's request, put in by the host so that the plugin never sees them: abi.h,
// berth_http_request.body.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"
#include "registry/credentials.hpp"

namespace berth::flavor {

// The credential in use for the container registry; std::nullopt: there is none. Empty where the call has no registry.
using CurrentCredential = std::function<base::Result<std::optional<registry::Credential>>()>;

bool has_credential_placeholder(std::string_view body);

// Replaces the placeholders in the request's body, escaped for its Content-Type. Class plugin, code "plugin.question":
// the type is neither JSON nor a form; class auth, code "auth.not-password": the credential is a token.
base::Result<void> fill_in_credential(http::Request& request, const registry::Credential& credential);

}  // namespace berth::flavor
