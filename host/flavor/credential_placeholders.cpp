#include "flavor/credential_placeholders.hpp"

#include <berth/abi.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json_value.hpp"
#include "oci/grammar.hpp"

namespace berth::flavor {
namespace {

constexpr std::string_view kUsername = BERTH_USERNAME_PLACEHOLDER;
constexpr std::string_view kPassword = BERTH_PASSWORD_PLACEHOLDER;

using Escape = std::string (*)(std::string_view);

// Escapes a value for use inside a JSON string.
std::string json_escape(std::string_view text) {
  const std::string quoted = base::Json(std::string(text)).dump();
  return quoted.substr(1, quoted.size() - 2);
}

// Escapes a value of application/x-www-form-urlencoded.
std::string form_escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      escaped += c;
    else
      escaped.append(1, '%').append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
  }
  return escaped;
}

// Returns the escape function for the request's Content-Type; nullptr if it is neither JSON nor a
// form.
Escape escape_for(const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (oci::to_lower(name) != "content-type") continue;
    const std::string type = oci::to_lower(value.substr(0, value.find(';')));
    if (type == "application/json") return json_escape;
    if (type == "application/x-www-form-urlencoded") return form_escape;
  }
  return nullptr;
}

// Replaces all placeholders in one pass, so that a placeholder within a user name or password is
// not replaced.
std::string filled(std::string_view body, std::string_view username, std::string_view password) {
  std::string result;
  while (true) {
    const auto at = std::min(body.find(kUsername), body.find(kPassword));
    result.append(body.substr(0, at));
    if (at == std::string_view::npos) return result;
    body.remove_prefix(at);
    const bool is_username = body.starts_with(kUsername);
    result.append(is_username ? username : password);
    body.remove_prefix(is_username ? kUsername.size() : kPassword.size());
  }
}

}  // namespace

bool has_credential_placeholder(std::string_view body) {
  return body.find(kUsername) != std::string_view::npos ||
         body.find(kPassword) != std::string_view::npos;
}

base::Result<void> fill_in_credential(http::Request& request,
                                      const registry::Credential& credential) {
  const Escape escape = escape_for(request);
  if (escape == nullptr)
    return base::Error(
        base::ErrorClass::plugin, "plugin.question",
        "a body with credential placeholders must be JSON or a form, as its Content-Type declares");
  if (credential.kind != registry::Credential::Kind::password)
    return base::Error(base::ErrorClass::auth, "auth.not-password",
                       "a user name and a password are required")
        .cause("found: " + credential.source);
  // JSON strings cannot hold bytes that are not UTF-8: a different password would be sent.
  if (escape == json_escape &&
      base::replace_invalid_utf8(credential.password.reveal()) != credential.password.reveal())
    return base::Error(base::ErrorClass::auth, "auth.not-text",
                       "the password cannot be sent as JSON")
        .cause("the " + credential.source + " is not valid UTF-8");
  request.body =
      filled(request.body, escape(credential.username), escape(credential.password.reveal()));
  return {};
}

}  // namespace berth::flavor
