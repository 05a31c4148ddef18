#include "registry/credential_helper.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json.hpp"
#include "registry/server_names.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// What helpers say, on standard output, when they have nothing. Source: docker-credential-helpers,
// credentials/error.go.
constexpr std::string_view kNotFound = "credentials not found in native keychain";

Error broken(const std::string& program, std::string cause) {
  return Error(ErrorClass::auth, "auth.helper", program + " does not work").cause(std::move(cause));
}

// What it said first, for an error.
std::string first_words(const base::ProgramResult& result) {
  const auto& text = result.out.empty() ? result.err : result.out;
  return base::escape(text.substr(0, text.find('\n')), 200);
}

bool has_none(const base::ProgramResult& result) {
  auto says_so = [](const std::string& text) { return text.find(kNotFound) != std::string::npos; };
  return result.status != 0 && (says_so(result.out) || says_so(result.err));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

base::Result<CredentialHelper> CredentialHelper::named(std::string name, const base::Cancellation& cancellation,
                                                       const base::ProgramLimits& limits) {
  if (!is_name(name))
    return Error(ErrorClass::auth, "auth.helper", base::quote(name, 80) + " is no name of a credential helper");
  return CredentialHelper(std::move(name), cancellation, limits);
}

base::Result<base::ProgramResult> CredentialHelper::run(const char* action, const std::string& input) const {
  auto result = base::run_program({program(), action}, input, limits_, *cancellation_);
  if (result || result.error().error_class() == ErrorClass::interrupted) return result;
  if (result.error().code() == "program.missing")
    return broken(program(), "there is no such program in PATH").fix("install it, or take it out of the configuration");
  return broken(program(),
                result.error().message() + (result.error().cause().empty() ? "" : ": ") + result.error().cause());
}

base::Result<std::optional<Credential>> CredentialHelper::get(const std::string& server) const {
  BERTH_TRY(const auto result, run("get", server));
  if (has_none(result)) return std::optional<Credential>();
  if (result.status != 0)
    return broken(program(), fmt::format("it ended with status {}: {}", result.status, first_words(result)));
  const auto answer = base::Json::parse(result.out, "the helper's answer");
  if (!answer || !answer->is_object()) return broken(program(), "it answered something that is no JSON object");
  std::string username = answer->string_or("Username", "");
  std::string secret = answer->string_or("Secret", "");
  if (secret.empty()) return std::optional<Credential>();
  const bool token = username.empty() || username == "<token>";
  std::string origin =
      token ? fmt::format("identity token from {}, entry {}", program(), base::escape(server))
            : fmt::format("password of {}, from {}, entry {}", base::escape(username), program(), base::escape(server));
  return std::optional<Credential>(Credential{token ? std::string() : std::move(username),
                                              base::Secret(std::move(secret)), std::move(origin),
                                              token ? Credential::Kind::identity_token : Credential::Kind::password});
}

base::Result<void> CredentialHelper::store(const std::string& server, const std::string& username,
                                           const base::Secret& password) const {
  const auto entry =
      base::Json::object({{"ServerURL", server}, {"Username", username}, {"Secret", std::string(password.reveal())}});
  BERTH_TRY(const auto result, run("store", entry.dump()));
  if (result.status == 0) return {};
  return broken(program(), "it did not keep the credential: " + first_words(result));
}

base::Result<void> CredentialHelper::erase(const std::string& server) const {
  BERTH_TRY(const auto result, run("erase", server));
  if (result.status == 0 || has_none(result)) return {};
  return broken(program(), "it did not forget the credential: " + first_words(result));
}

base::Result<std::optional<Credential>> HelperSource::find(const CredentialQuestion& question) {
  for (const auto& server : helper_names(question.host)) {
    BERTH_TRY(auto credential, helper_.get(server));
    if (credential && (username_.empty() || credential->username == username_)) return credential;
  }
  return std::optional<Credential>();
}

}  // namespace berth::registry
