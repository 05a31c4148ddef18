#include "registry/auth_entry.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/escape.hpp"

namespace berth::registry {
namespace {

using base::Json;

constexpr const char* kFields[] = {"auth", "username", "password", "identitytoken",
                                   "registrytoken"};

// Returns the field's text; empty if it is missing or null. Sets `problem` if it has another type.
std::string entry_text(const Json& entry, const char* field, std::string& problem) {
  const Json* value = entry.find_any_case(field);
  if (value == nullptr || value->is_null()) return {};
  if (const auto* text = value->as_string()) return *text;
  problem = fmt::format("{} is not a string", field);
  return {};
}

// docker pads passwords with NUL bytes.
std::string without_end(std::string password) {
  constexpr std::string_view kEnd("\0\r\n", 3);
  password.erase(password.find_last_not_of(kEnd) + 1);
  return password;
}

// The decoded fields of an entry.
struct Fields {
  std::string username;
  std::string password;
  std::string identity_token;
  std::string registry_token;
};

Fields decode_entry(const Json& entry, std::string& problem) {
  std::string texts[std::size(kFields)];
  for (std::size_t i = 0; i < std::size(kFields); ++i)
    texts[i] = entry_text(entry, kFields[i], problem);
  Fields fields{std::move(texts[1]), std::move(texts[2]), std::move(texts[3]), std::move(texts[4])};
  if (texts[0].empty() || !problem.empty()) return fields;
  const auto decoded = base::base64_decode_lenient(texts[0]);
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (!decoded) problem = "auth is not base64";
  if (decoded && colon == std::string::npos) problem = "auth has no colon once decoded";
  if (colon == 0) problem = "auth has an empty user name";
  if (!problem.empty()) return fields;
  fields.username = decoded->substr(0, colon);
  fields.password = without_end(decoded->substr(colon + 1));
  return fields;
}

std::optional<Credential> credential_of(Fields fields, const std::string& from, std::string& note) {
  using Kind = Credential::Kind;
  auto make = [](std::string username, std::string secret, std::string origin, Kind kind) {
    return Credential{std::move(username), base::Secret(std::move(secret)), std::move(origin),
                      kind};
  };
  if (!fields.registry_token.empty())
    return make({}, std::move(fields.registry_token), "registry token " + from,
                Kind::registry_token);
  if (!fields.identity_token.empty())
    return make(std::move(fields.username), std::move(fields.identity_token),
                "identity token " + from, Kind::identity_token);
  if (fields.username.empty() != fields.password.empty())
    note = fields.password.empty() ? "it has no password" : "it has no user name";
  if (fields.username.empty() || fields.password.empty()) return std::nullopt;
  auto origin = fmt::format("password of {}, {}", base::escape(fields.username), from);
  return make(std::move(fields.username), std::move(fields.password), std::move(origin),
              Kind::password);
}

}  // namespace

AuthEntry read_auth_entry(const Json& entry, const std::string& source, const std::string& key) {
  AuthEntry read;
  if (entry.is_null()) return read;
  if (!entry.is_object()) {
    read.problem = "it is not an object";
    return read;
  }
  auto fields = decode_entry(entry, read.problem);
  if (!read.problem.empty()) return read;
  read.credential = credential_of(
      std::move(fields), fmt::format("from {}, entry {}", source, base::escape(key)), read.note);
  return read;
}

}  // namespace berth::registry
