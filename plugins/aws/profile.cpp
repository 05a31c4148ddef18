#include "aws/profile.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::aws {
namespace {

constexpr const char* kConfigFile = "AWS_CONFIG_FILE";
constexpr const char* kCredentialsFile = "AWS_SHARED_CREDENTIALS_FILE";
constexpr std::string_view kPrefix = "profile ";

std::string section_of(const std::string& profile) { return std::string(kPrefix) + profile; }

}  // namespace

std::string profile_variable(common::HostApi& host_api) {
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
    if (host_api.environment_variable(name)) return name;
  return {};
}

std::string profile_in_use(common::HostApi& host_api) {
  const std::string variable = profile_variable(host_api);
  return variable.empty() ? "default" : host_api.environment_variable(variable).value_or("default");
}

common::IniFile Profiles::read_file(common::HostApi& host_api, const char* variable,
                                    const std::string& path) {
  const common::File file = host_api.file(path);
  auto ini = common::IniFile::parse(file.text);
  const std::string fault = file.problem.empty() ? ini.fault() : file.problem;
  if (fault_.empty() && !fault.empty()) fault_ = path + ": " + fault;
  if (!file.found && missing_file_.empty() && host_api.environment_variable(variable))
    missing_file_ = std::string(variable) + " names " + path + ", which does not exist";
  return ini;
}

Profiles Profiles::read(common::HostApi& host_api) {
  Profiles profiles;
  profiles.config_path_ = host_api.environment_variable(kConfigFile).value_or("~/.aws/config");
  profiles.credentials_path_ =
      host_api.environment_variable(kCredentialsFile).value_or("~/.aws/credentials");
  profiles.config_ = profiles.read_file(host_api, kConfigFile, profiles.config_path_);
  profiles.credentials_ =
      profiles.read_file(host_api, kCredentialsFile, profiles.credentials_path_);
  return profiles;
}

bool Profiles::has(const std::string& profile) const {
  return credentials_.has(profile) || config_.has(section_of(profile)) ||
         (profile == "default" && config_.has(profile));
}

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> names = credentials_.sections();
  for (const std::string& section : config_.sections())
    if (section == "default" || common::starts_with(section, kPrefix))
      names.push_back(section == "default" ? section : section.substr(kPrefix.size()));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool Profiles::has_any(const std::string& profile, const std::vector<const char*>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const char* key) {
    return credentials_.has(profile, key) || config_.has(section_of(profile), key) ||
           (profile == "default" && config_.has(profile, key));
  });
}

std::optional<std::string> Profiles::get(const std::string& profile, const std::string& key) const {
  if (auto value = credentials_.get(profile, key)) return value;
  if (auto value = config_.get(section_of(profile), key)) return value;
  return profile == "default" ? config_.get(profile, key) : std::nullopt;
}

std::optional<std::string> Profiles::sso_session(const std::string& name,
                                                 const std::string& key) const {
  return config_.get("sso-session " + name, key);
}

std::optional<std::string> Profiles::endpoint(const std::string& profile,
                                              const std::string& service) const {
  if (const auto services = get(profile, "services"))
    if (auto url = config_.get("services " + *services, service + ".endpoint_url")) return url;
  return get(profile, "endpoint_url");
}

std::string Profiles::source(const std::string& profile) const {
  return "profile " + profile + " of " +
         (credentials_.has(profile) ? credentials_path_ : config_path_);
}

}  // namespace berth::aws
