// Profiles of AWS's shared files, ~/.aws/config and ~/.aws/credentials, as one view.
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/host_api.hpp"
#include "common/ini_file.hpp"

namespace berth::aws {

// The variable that names the profile in use; empty: none does. The AWS command line knows
// AWS_DEFAULT_PROFILE, too.
std::string profile_variable(common::HostApi& host_api);
// The profile in use: what that variable has, else "default".
std::string profile_in_use(common::HostApi& host_api);

class Profiles {
 public:
  // Reads the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, or the usual ones. A
  // file that does not exist is empty.
  static Profiles read(common::HostApi& host_api);

  [[nodiscard]] bool has(const std::string& profile) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // Whether one of these keys of a profile is written, with a value or without.
  [[nodiscard]] bool has_any(const std::string& profile,
                             const std::vector<const char*>& keys) const;
  // A key of a profile; one of the credentials file comes first.
  [[nodiscard]] std::optional<std::string> get(const std::string& profile,
                                               const std::string& key) const;
  // A key of [sso-session NAME].
  [[nodiscard]] std::optional<std::string> sso_session(const std::string& name,
                                                       const std::string& key) const;
  // The URL of a service's API, from the profile's [services NAME] or its endpoint_url.
  [[nodiscard]] std::optional<std::string> endpoint(const std::string& profile,
                                                    const std::string& service) const;

  // "profile prod of ~/.aws/config"
  [[nodiscard]] std::string source(const std::string& profile) const;
  [[nodiscard]] const std::string& config_path() const { return config_path_; }
  // Whether the config file has a section [NAME] that must be [profile NAME].
  [[nodiscard]] bool lacks_prefix(const std::string& profile) const { return config_.has(profile); }
  // Why one of the files cannot be read: "~/.aws/config: line 3 is neither a section nor key =
  // value"; empty if both can.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  // A variable with the path of a file that does not exist: "AWS_CONFIG_FILE names /x, which does
  // not exist"; empty if it is missing.
  [[nodiscard]] const std::string& missing_file() const { return missing_file_; }

 private:
  common::IniFile read_file(common::HostApi& host_api, const char* variable,
                            const std::string& path);
  std::string config_path_, credentials_path_;
  common::IniFile config_, credentials_;
  std::string fault_;
  std::string missing_file_;
};

}  // namespace berth::aws
