#include "registry/auth_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/files.hpp"
#include "registry/credential_helper.hpp"
#include "registry/server_names.hpp"

namespace berth::registry {
namespace {

using base::Json;
using Found = std::optional<Credential>;

// "host/a/b", "host/a", then the host itself.
std::vector<std::string> keys_of(const CredentialQuestion& question, bool repository_keys) {
  std::vector<std::string> keys;
  if (repository_keys)
    for (std::string path = question.repository; !path.empty();) {
      keys.push_back(question.host + "/" + path);
      const auto slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    }
  for (auto& key : auth_keys(question.host)) keys.push_back(std::move(key));
  return keys;
}

// What docker pads with NUL bytes.
std::string without_nul(std::string text) {
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace

base::Error AuthFile::broken(std::string cause) const {
  return base::Error(base::ErrorClass::auth, "auth.config", options_.place + " cannot be used").cause(std::move(cause));
}

base::Result<std::optional<Json>> AuthFile::read() const {
  struct stat status {};
  // A pipe that nobody writes to would be waited for without end.
  if (!options_.text && ::stat(options_.place.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return broken("it is not a regular file");
  auto bytes = options_.text ? base::Result<std::string>(*options_.text)
                             : base::read_file(options_.place, base::kLargestJsonFile);
  if (!bytes && bytes.error().error_class() == base::ErrorClass::not_found) return std::optional<Json>();
  if (!bytes) return broken(bytes.error().cause().empty() ? bytes.error().message() : bytes.error().cause());
  auto config = Json::parse(*bytes, options_.place);
  if (!config) return broken(config.error().cause());
  const Json* entries = config->find("auths");
  if (!config->is_object() || (entries != nullptr && !entries->is_object() && !entries->is_null()))
    return broken("it is not an object whose auths are an object");
  return std::optional<Json>(std::move(*config));
}

base::Result<Found> AuthFile::ask_helper(const Json& config, const std::string& host) const {
  std::string name;
  if (const Json* helpers = config.find("credHelpers"))
    for (const auto& key : auth_keys(host))
      if (name.empty()) name = helpers->string_or(key, "");
  if (name.empty()) name = config.string_or("credsStore", "");
  if (name.empty()) return Found();
  BERTH_TRY(auto helper, CredentialHelper::named(name, cancellation_));
  auto credential = HelperSource(std::move(helper)).find({host, {}});
  if (credential && *credential) (*credential)->origin += ", which " + options_.place + " names";
  return credential;
}

base::Result<Found> AuthFile::read_entry(const Json& entry, const std::string& key) const {
  const std::string from = fmt::format("from {}, entry {}", options_.place, base::escape(key));
  const Json* encoded = entry.find("auth");
  if (!entry.is_object() || (encoded != nullptr && !encoded->is_string() && !encoded->is_null()))
    return broken(fmt::format("entry {} is not an object with a text called auth", base::quote(key)));
  if (auto token = entry.string_or("registrytoken", ""); !token.empty())
    return Found(
        Credential{{}, base::Secret(std::move(token)), "registry token " + from, Credential::Kind::registry_token});
  std::string username = entry.string_or("username", "");
  std::string password = entry.string_or("password", "");
  if (const std::string text = entry.string_or("auth", ""); !text.empty()) {
    const auto decoded = base::base64_decode(text);
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
      return broken(fmt::format("auth of entry {} is not the base64 of USER:PASSWORD", base::quote(key)));
    username = decoded->substr(0, colon);
    password = without_nul(decoded->substr(colon + 1));
  }
  if (auto token = entry.string_or("identitytoken", ""); !token.empty())
    return Found(Credential{std::move(username), base::Secret(std::move(token)), "identity token " + from,
                            Credential::Kind::identity_token});
  if (username.empty() || password.empty()) return Found();
  std::string origin = fmt::format("password of {}, {}", base::escape(username), from);
  return Found(Credential{std::move(username), base::Secret(std::move(password)), std::move(origin),
                          Credential::Kind::password});
}

base::Result<Found> AuthFile::find(const CredentialQuestion& question) {
  BERTH_TRY(const auto config, read());
  if (!config) return Found();
  auto wanted = [this](const Found& found) {
    return found && (options_.username.empty() || found->username == options_.username);
  };
  BERTH_TRY(auto kept, ask_helper(*config, question.host));
  if (wanted(kept)) return kept;
  const Json* entries = config->find("auths");
  if (entries == nullptr || !entries->is_object()) return Found();
  for (const auto& key : keys_of(question, options_.repository_keys)) {
    const Json* entry = entries->find(key);
    if (entry == nullptr) continue;
    BERTH_TRY(auto found, read_entry(*entry, key));
    if (wanted(found)) return found;
  }
  for (const auto& [key, entry] : *entries->as_object()) {
    if (!is_url_of(key, question.host)) continue;
    BERTH_TRY(auto found, read_entry(entry, key));
    if (wanted(found)) return found;
  }
  return Found();
}

}  // namespace berth::registry
