// Profiles of AWS's shared files, ~/.aws/config and ~/.aws/credentials, as one view.
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/ini_file.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

class Profiles {
 public:
  // Reads both files, from where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say. Files that are not there are
  // empty.
  static Profiles read(cloud::Machine& machine);

  [[nodiscard]] bool has(const std::string& profile) const;
  // A key of a profile: what the credentials file says comes first.
  [[nodiscard]] std::optional<std::string> get(const std::string& profile, const std::string& key) const;
  // A key of [sso-session NAME].
  [[nodiscard]] std::optional<std::string> sso_session(const std::string& name, const std::string& key) const;
  // Where a service's interface is, when the profile's [services NAME] or its endpoint_url says so.
  [[nodiscard]] std::optional<std::string> endpoint(const std::string& profile, const std::string& service) const;

  // "profile prod of ~/.aws/config"
  [[nodiscard]] std::string place(const std::string& profile) const;
  // What could not be read in them: "~/.aws/config, line 3".
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  [[nodiscard]] static std::string section_of(const std::string& profile);
  std::string config_path_, credentials_path_;
  cloud::IniFile config_, credentials_;
  std::vector<std::string> problems_;
};

}  // namespace berth::aws
