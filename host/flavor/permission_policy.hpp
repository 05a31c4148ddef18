// PermissionPolicy: decides which variables, files, programs and hosts a flavor may use on this
// machine. Environment variables, the home directory and configuration files are read at each
// request. Nothing that the plugin sends extends its permissions. Thread-safe. Refusals are errors
// of class trust, code "flavor.denied"; they name the flavor, what it tried, and the permission
// that its author must declare.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flavor/permissions.hpp"
#include "http/address.hpp"
#include "http/origin.hpp"

namespace berth::flavor {

using Variables = std::function<std::optional<std::string>(std::string_view name)>;
// The string settings of the flavor's own schema that the user set, by name. Defaults are not among
// them: the plugin's author wrote those.
using UserSettings = std::map<std::string, std::string>;

inline constexpr std::size_t kMaxPermittedFile = std::size_t{1} << 20U;

class PermissionPolicy {
 public:
  // `permissions`: the permissions in the metadata, which were validated when the metadata was
  // parsed.
  // `registry_origin`: of the container registry ("https://r.example"); empty for layouts.
  PermissionPolicy(std::string flavor, const std::vector<std::string>& permissions,
                   Variables variables, UserSettings settings = {},
                   std::string registry_origin = {});

  // Fails unless a permission names this environment variable.
  [[nodiscard]] base::Result<void> read_variable(std::string_view name) const;
  // Returns the bytes of a file; std::nullopt if it does not exist. `path` is absolute, starts with
  // "~/", or equals the value of a permitted variable, key or setting.
  // The file must be a regular file of at most 1 MiB and not below /proc, /sys or /dev. With
  // symbolic links resolved, it must be in the directory of the pattern that permits it, unless the
  // user named exactly this file by a variable, a key or a setting.
  // Errors: class trust; class validation, code "file.too-large"; class disk.
  [[nodiscard]] base::Result<std::optional<std::string>> read_file(const std::string& path) const;
  // Fails unless a permission covers running `argv`. A program that is permitted by name, path or
  // variable may have any arguments. A command line that is permitted by a key of a file must match
  // all of `argv`; it is split like a shell command line (key_value.hpp).
  [[nodiscard]] base::Result<void> run(const std::vector<std::string>& argv) const;
  // Returns the addresses to which a request to `url` may connect. For a declared host or pattern:
  // public and private addresses, and the kind of a declared IP address. For a host that the user
  // named by a variable or key: any address. Errors: class trust; class server, code "http.url".
  [[nodiscard]] base::Result<http::AddressPolicy> call(const std::string& url) const;
  // Fails unless a request to `url` may carry the user's registry credentials: it must use TLS, and
  // the host must be declared with "credentials:". Errors: class trust; class server, code
  // "http.url".
  [[nodiscard]] base::Result<void> send_credentials(const std::string& url) const;
  // Returns the value of a variable without checking permissions; std::nullopt if it is not set.
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const {
    return variables_(name);
  }

 private:
  // A choice of a permission with its variables replaced by their values.
  struct Place {
    std::string literal;  // a path, or the start of one
    std::string pattern;  // the rest, which may contain *; empty: `literal` is the whole path
    bool named = false;   // the user named exactly this file
  };
  [[nodiscard]] std::optional<Place> fill_in(const std::string& choice) const;
  [[nodiscard]] std::optional<Place> first_place(const Permission& permission) const;
  [[nodiscard]] std::string expand_home(const std::string& path) const;
  // Returns the values of the permission's key in its file; empty if the file does not exist or
  // cannot be read.
  [[nodiscard]] std::vector<std::string> values_of(const Permission& permission) const;
  // Returns the value of the setting that the permission names; empty if the user did not set it.
  [[nodiscard]] std::string setting_of(const Permission& permission) const;
  [[nodiscard]] std::optional<Place> place_of(const std::string& path) const;
  [[nodiscard]] std::optional<http::AddressPolicy> rule_for(const Permission& permission,
                                                            const http::Origin& origin) const;
  [[nodiscard]] bool may_run(const Permission& permission,
                             const std::vector<std::string>& argv) const;
  // `alternative`: another permission that may fit better; may be empty.
  [[nodiscard]] base::Error denied(std::string_view tried, const std::string& line,
                                   std::string_view alternative = {}) const;

  std::string flavor_;
  std::vector<Permission> permissions_;
  Variables variables_;
  UserSettings settings_;
  std::string registry_origin_;
};

}  // namespace berth::flavor
