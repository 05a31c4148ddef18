#include "aws/profile.hpp"

namespace berth::aws {
namespace {

cloud::IniFile read_file(cloud::Machine& machine, const std::string& path, std::vector<std::string>& problems) {
  const cloud::File file = machine.file(path);
  if (!file.problem.empty()) problems.push_back(path + ": " + file.problem);
  auto ini = cloud::IniFile::parse(file.text);
  if (ini.first_bad_line() != 0)
    problems.push_back(path + ", line " + std::to_string(ini.first_bad_line()) +
                       ", is neither a section nor key = value");
  return ini;
}

}  // namespace

Profiles Profiles::read(cloud::Machine& machine) {
  Profiles profiles;
  profiles.config_path_ = machine.variable("AWS_CONFIG_FILE").value_or("~/.aws/config");
  profiles.credentials_path_ = machine.variable("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials");
  profiles.config_ = read_file(machine, profiles.config_path_, profiles.problems_);
  profiles.credentials_ = read_file(machine, profiles.credentials_path_, profiles.problems_);
  return profiles;
}

std::string Profiles::section_of(const std::string& profile) {
  return profile == "default" ? profile : "profile " + profile;
}

bool Profiles::has(const std::string& profile) const {
  return credentials_.has(profile) || config_.has(section_of(profile)) || config_.has("profile " + profile);
}

std::optional<std::string> Profiles::get(const std::string& profile, const std::string& key) const {
  if (auto value = credentials_.get(profile, key)) return value;
  if (auto value = config_.get("profile " + profile, key)) return value;
  return config_.get(section_of(profile), key);
}

std::optional<std::string> Profiles::sso_session(const std::string& name, const std::string& key) const {
  return config_.get("sso-session " + name, key);
}

std::optional<std::string> Profiles::endpoint(const std::string& profile, const std::string& service) const {
  if (const auto services = get(profile, "services"))
    if (auto url = config_.get("services " + *services, service + ".endpoint_url")) return url;
  return get(profile, "endpoint_url");
}

std::string Profiles::place(const std::string& profile) const {
  return "profile " + profile + " of " + (credentials_.has(profile) ? credentials_path_ : config_path_);
}

}  // namespace berth::aws
