#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "registry/credentials.hpp"

namespace berth::registry {
namespace {

constexpr std::size_t kConfigLimit = std::size_t{4} << 20U;

base::Error broken(const std::string& path, std::string cause) {
  return base::Error(base::ErrorClass::auth, "auth.config", path + " cannot be used").cause(std::move(cause));
}

// The keys under which docker and its kin store the credential of a host.
std::vector<std::string> keys_of(std::string_view host) {
  std::vector<std::string> hosts{std::string(host)};
  if (host == "docker.io")
    hosts = {"https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"};
  std::vector<std::string> keys;
  for (const auto& name : hosts) {
    keys.push_back(name);
    if (name.find("://") != std::string::npos) continue;
    for (const char* scheme : {"https://", "http://"})
      for (const char* tail : {"", "/", "/v1", "/v1/", "/v2", "/v2/"}) keys.push_back(scheme + name + tail);
  }
  return keys;
}

base::Result<std::optional<Credential>> read_entry(const base::Json& entry, const std::string& path,
                                                   const std::string& key) {
  const auto encoded_field = entry.find("auth");
  if (!entry.is_object() || (encoded_field != nullptr && !encoded_field->is_string() && !encoded_field->is_null()))
    return broken(path, fmt::format("entry {} is not an object with a text called auth", base::quote(key)));
  Credential credential;
  std::string password;
  if (const std::string encoded = entry.string_or("auth", ""); !encoded.empty()) {
    const auto decoded = base::base64_decode(encoded);
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
      return broken(path, fmt::format("auth of entry {} is not the base64 of USER:PASSWORD", base::quote(key)));
    credential.username = decoded->substr(0, colon);
    password = decoded->substr(colon + 1);
    // docker pads what it writes with NUL bytes.
    password.erase(password.find_last_not_of('\0') + 1);
  } else {
    credential.username = entry.string_or("username", "");
    password = entry.string_or("password", "");
  }
  if (credential.username.empty() || password.empty()) return std::optional<Credential>();
  credential.origin =
      fmt::format("password of {}, from {}, entry {}", base::escape(credential.username), path, base::escape(key));
  credential.password = base::Secret(std::move(password));
  return std::optional<Credential>(std::move(credential));
}

}  // namespace

base::Result<CredentialAnswer> DockerConfig::credential_for(std::string_view host) {
  CredentialAnswer answer;
  answer.tried.push_back(path_);
  auto bytes = base::read_file(path_, kConfigLimit);
  if (!bytes && bytes.error().error_class() == base::ErrorClass::not_found) return answer;
  if (!bytes) return broken(path_, bytes.error().cause().empty() ? bytes.error().message() : bytes.error().cause());
  auto config = base::Json::parse(*bytes, path_);
  if (!config) return broken(path_, config.error().message() + ": " + config.error().cause());
  const base::Json* entries = config->find("auths");
  if (!config->is_object() || (entries != nullptr && !entries->is_object() && !entries->is_null()))
    return broken(path_, "it is not an object whose auths are an object");
  for (const auto& key : keys_of(host)) {
    const base::Json* entry = entries != nullptr ? entries->find(key) : nullptr;
    if (entry == nullptr) continue;
    BERTH_TRY(answer.credential, read_entry(*entry, path_, key));
    if (answer.credential) return answer;
  }
  return answer;
}

base::Result<CredentialAnswer> GivenCredential::credential_for(std::string_view host) {
  CredentialAnswer answer;
  if (host != host_) return answer;
  answer.credential = Credential{credential_.username, credential_.password.clone(), credential_.origin};
  return answer;
}

}  // namespace berth::registry
