#include "registry/credential_helper.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "platform/find_program.hpp"
#include "registry/credential_keys.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// The message of a helper without credentials. Source: docker-credential-helpers,
// credentials/error.go.
constexpr std::string_view kNotFound = "credentials not found in native keychain";

Error broken(const std::string& program, std::string cause) {
  return Error(ErrorClass::auth, "auth.helper", program + " failed").cause(std::move(cause));
}

// Returns the first line of the output; helpers print errors to standard output.
std::string first_line(const base::ProgramResult& result) {
  const auto& text = result.out.empty() ? result.err : result.out;
  return base::escape(text.substr(0, text.find('\n')), 200);
}

std::string outcome(const base::ProgramResult& result) {
  const auto line = first_line(result);
  return line.empty() ? fmt::format("exit status {}, no output", result.status)
                      : fmt::format("exit status {}: {}", result.status, line);
}

bool has_none(const base::ProgramResult& result) {
  auto prints_it = [](const std::string& text) {
    return text.find(kNotFound) != std::string::npos;
  };
  return result.status != 0 && (prints_it(result.out) || prints_it(result.err));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// Returns a field of the response; like Go, ignores case. Sets `problem` if it has another type.
std::string response_text(const base::Json& response, const char* field, std::string& problem) {
  const base::Json* value = response.find_any_case(field);
  if (value == nullptr || value->is_null()) return {};
  if (const auto* text = value->as_string()) return *text;
  problem = fmt::format("{} in its response is not a string", field);
  return {};
}

// docker-credential-pass prints both fields, empty, for a server that it does not have, and exits
// 0.
bool is_empty_entry(const base::Json& response) {
  const base::Json* username = response.find_any_case("Username");
  const base::Json* secret = response.find_any_case("Secret");
  return username != nullptr && secret != nullptr && *username == base::Json("") &&
         *secret == base::Json("");
}

}  // namespace

base::Result<CredentialHelper> CredentialHelper::named(std::string name,
                                                       const base::Cancellation& cancellation,
                                                       const base::ProgramLimits& limits) {
  if (!is_name(name))
    return Error(ErrorClass::auth, "auth.helper",
                 "invalid name of a credential helper: " + base::quote(name, 80))
        .cause(
            "expected what follows docker-credential-: letters, digits, dots, dashes and "
            "underscores");
  return CredentialHelper(std::move(name), cancellation, limits);
}

bool CredentialHelper::is_installed() const {
  return platform::find_program(program()).has_value();
}

base::Result<base::ProgramResult> CredentialHelper::run(const char* action,
                                                        const std::string& input) const {
  auto result = base::run_program({program(), action}, input, limits_, *cancellation_);
  if (result || result.error().error_class() == ErrorClass::interrupted) return result;
  if (result.error().code() == "program.missing")
    return broken(program(), "it is not installed (not found in PATH)")
        .fix(fmt::format("install {}, or remove it from the configuration", program()));
  return broken(program(), result.error().message() + (result.error().cause().empty() ? "" : ": ") +
                               result.error().cause());
}

base::Result<std::optional<Credential>> CredentialHelper::get(const std::string& server) const {
  BERTH_TRY(const auto result, run("get", server));
  if (has_none(result)) return std::optional<Credential>();
  if (result.status != 0) return broken(program(), outcome(result));
  const auto response = base::parse_json_lenient(result.out, "the response");
  if (!response || !response->is_object())
    return broken(program(),
                  fmt::format("its response for {} is not a JSON object", base::escape(server)));
  if (is_empty_entry(*response)) return std::optional<Credential>();
  std::string problem;
  std::string username = response_text(*response, "Username", problem);
  std::string secret = response_text(*response, "Secret", problem);
  if (problem.empty() && secret.empty())
    problem = fmt::format(
        "its response for {} has no Secret; without credentials it must print \"{}\" and exit 1",
        base::escape(server), kNotFound);
  if (!problem.empty()) return broken(program(), std::move(problem));
  const bool token = username.empty() || username == "<token>";
  std::string origin =
      token ? fmt::format("identity token from {}, entry {}", program(), base::escape(server))
            : fmt::format("password of {}, from {}, entry {}", base::escape(username), program(),
                          base::escape(server));
  return std::optional<Credential>(Credential{
      token ? std::string() : std::move(username), base::Secret(std::move(secret)),
      std::move(origin), token ? Credential::Kind::identity_token : Credential::Kind::password});
}

base::Result<void> CredentialHelper::store(const std::string& server, const std::string& username,
                                           const base::Secret& password) const {
  // JSON, the helper's protocol, cannot contain other bytes: a different password would be stored.
  if (base::replace_invalid_utf8(password.reveal()) != password.reveal())
    return base::Error(base::ErrorClass::usage, "usage.password",
                       program() + " cannot store the password")
        .cause("it is not valid UTF-8")
        .fix("encode the password in UTF-8");
  const auto entry = base::Json::object(
      {{"ServerURL", server}, {"Username", username}, {"Secret", std::string(password.reveal())}});
  BERTH_TRY(const auto result, run("store", entry.dump()));
  if (result.status == 0) return {};
  return broken(program(), "it did not store the credentials: " + outcome(result));
}

base::Result<void> CredentialHelper::erase(const std::string& server) const {
  BERTH_TRY(const auto result, run("erase", server));
  if (result.status == 0 || has_none(result)) return {};
  return broken(program(), "it did not erase the credentials: " + outcome(result));
}

base::Result<std::optional<Credential>> HelperSource::find(const CredentialRequest& request) {
  for (const auto& server : helper_names(request.host)) {
    BERTH_TRY(auto credential, helper_.get(server));
    if (credential && (username_.empty() || credential->username == username_)) return credential;
  }
  return std::optional<Credential>();
}

}  // namespace berth::registry
