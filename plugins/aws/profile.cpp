#include "aws/profile.hpp"

#include <algorithm>

#include "cloud/text.hpp"

namespace berth::aws {
namespace {

constexpr const char* kConfigFile = "AWS_CONFIG_FILE";
constexpr const char* kCredentialsFile = "AWS_SHARED_CREDENTIALS_FILE";
constexpr std::string_view kPrefix = "profile ";

std::string section_of(const std::string& profile) { return std::string(kPrefix) + profile; }

}  // namespace

std::string profile_variable(cloud::Machine& machine) {
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
    if (machine.variable(name)) return name;
  return {};
}

std::string profile_in_use(cloud::Machine& machine) {
  const std::string variable = profile_variable(machine);
  return variable.empty() ? "default" : machine.variable(variable).value_or("default");
}

cloud::IniFile Profiles::read_file(cloud::Machine& machine, const char* variable, const std::string& path) {
  const cloud::File file = machine.file(path);
  auto ini = cloud::IniFile::parse(file.text);
  const std::string fault = file.problem.empty() ? ini.fault() : file.problem;
  if (fault_.empty() && !fault.empty()) fault_ = path + ": " + fault;
  if (!file.found && missing_file_.empty() && machine.variable(variable))
    missing_file_ = std::string(variable) + " names " + path + ", which does not exist";
  return ini;
}

Profiles Profiles::read(cloud::Machine& machine) {
  Profiles profiles;
  profiles.config_path_ = machine.variable(kConfigFile).value_or("~/.aws/config");
  profiles.credentials_path_ = machine.variable(kCredentialsFile).value_or("~/.aws/credentials");
  profiles.config_ = profiles.read_file(machine, kConfigFile, profiles.config_path_);
  profiles.credentials_ = profiles.read_file(machine, kCredentialsFile, profiles.credentials_path_);
  return profiles;
}

bool Profiles::has(const std::string& profile) const {
  return credentials_.has(profile) || config_.has(section_of(profile)) ||
         (profile == "default" && config_.has(profile));
}

std::vector<std::string> Profiles::names() const {
  std::vector<std::string> names = credentials_.sections();
  for (const std::string& section : config_.sections())
    if (section == "default" || cloud::starts_with(section, kPrefix))
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

std::optional<std::string> Profiles::sso_session(const std::string& name, const std::string& key) const {
  return config_.get("sso-session " + name, key);
}

std::optional<std::string> Profiles::endpoint(const std::string& profile, const std::string& service) const {
  if (const auto services = get(profile, "services"))
    if (auto url = config_.get("services " + *services, service + ".endpoint_url")) return url;
  return get(profile, "endpoint_url");
}

std::string Profiles::source(const std::string& profile) const {
  return "profile " + profile + " of " + (credentials_.has(profile) ? credentials_path_ : config_path_);
}

}  // namespace berth::aws
