#include "flavor/permission_policy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "flavor/key_value.hpp"
#include "platform/open_file.hpp"
#include "platform/special_paths.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using Kind = Permission::Kind;

// Matches a path component; in `pattern`, * matches any characters. After a mismatch, only the last
// * is extended, so the time is at most proportional to the product of both lengths.
bool fits(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      after_star = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

// Matches component by component, so that * does not match a slash.
bool path_fits(std::string_view path, std::string_view pattern) {
  while (true) {
    const auto path_end = path.find('/');
    const auto pattern_end = pattern.find('/');
    if (!fits(path.substr(0, path_end), pattern.substr(0, pattern_end))) return false;
    if (path_end == std::string_view::npos || pattern_end == std::string_view::npos)
      return path_end == pattern_end;  // both are at their last component
    path.remove_prefix(path_end + 1);
    pattern.remove_prefix(pattern_end + 1);
  }
}

bool has_dots(std::string_view path) {
  for (const std::string_view part : {"/../", "/./", "//"})
    if ((std::string(path) + "/").find(part) != std::string::npos) return true;
  return false;
}

// Returns the directory that contains all paths that `literal` + `pattern` can match.
std::string fixed_directory(const std::string& literal, const std::string& pattern) {
  const std::string fixed = literal + pattern.substr(0, pattern.find('*'));
  return fixed.substr(0, fixed.rfind('/'));
}

bool is_within(const std::string& path, const std::string& directory) {
  boost::system::error_code error;
  const auto real =
      boost::filesystem::canonical(directory.empty() ? "/" : directory, error).string();
  return !error && path.starts_with(real.ends_with('/') ? real : real + "/");
}

base::Result<std::string> read_regular(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return base::file_error("read", path, errno);
  if (platform::is_null_device(status)) return std::string();
  if (!S_ISREG(status.st_mode))
    return Error(ErrorClass::trust, "flavor.denied", path + " is not a regular file");
  std::string bytes(kMaxPermittedFile + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    BERTH_TRY(
        const auto count,
        base::read_at(fd, std::as_writable_bytes(std::span(bytes)).subspan(size), size, path));
    if (count == 0) break;
    size += count;
  }
  if (size > kMaxPermittedFile)
    return Error(ErrorClass::validation, "file.too-large", path + " is larger than 1 MiB");
  bytes.resize(size);
  return bytes;
}

// `value` is a host or a URL, written by the user.
bool names_origin(const std::string& value, const http::Origin& origin,
                  const char* scheme = "https://") {
  const auto named =
      http::Origin::of(value.find("://") == std::string::npos ? scheme + value : value);
  return named && *named == origin;
}

std::optional<http::AddressPolicy> rule_of_pattern(std::string pattern,
                                                   const http::Origin& origin) {
  const bool tls = !pattern.starts_with("http://");
  if (!tls) pattern.erase(0, std::string_view("http://").size());
  const bool below = pattern.starts_with("*.");
  const auto named = http::Origin::make(tls, below ? pattern.substr(2) : pattern);
  if (named.tls() != origin.tls() || named.port() != origin.port()) return std::nullopt;
  if (below ? !origin.host().ends_with("." + named.host()) : origin.host() != named.host())
    return std::nullopt;
  const auto rule = http::AddressPolicy::global_only().allowing(http::AddressKind::private_network);
  const auto literal = below ? std::nullopt : http::classify_literal(named.host());
  return literal ? rule.allowing(*literal) : rule;
}

}  // namespace

PermissionPolicy::PermissionPolicy(std::string flavor, const std::vector<std::string>& permissions,
                                   Variables variables, UserSettings settings,
                                   std::string registry_origin)
    : flavor_(std::move(flavor)),
      variables_(std::move(variables)),
      settings_(std::move(settings)),
      registry_origin_(std::move(registry_origin)) {
  for (const auto& text : permissions)
    if (auto permission = parse_permission(text)) permissions_.push_back(std::move(*permission));
}

Error PermissionPolicy::denied(std::string_view tried, const std::string& line,
                               std::string_view alternative) const {
  return Error(ErrorClass::trust, "flavor.denied",
               fmt::format("flavor {} is not allowed to {}", flavor_, tried))
      .cause("it does not have the permission")
      .fix(fmt::format("its author must add \"{}\" to PERMISSIONS{}{}; then run berth flavor "
                       "register again",
                       base::escape(line, 200), alternative.empty() ? "" : ", or ", alternative));
}

base::Result<void> PermissionPolicy::read_variable(std::string_view name) const {
  for (const auto& permission : permissions_)
    if (permission.kind == Kind::env &&
        std::ranges::find(permission.choices, name) != permission.choices.end())
      return {};
  return denied("read the environment variable " + base::quote(name, 120),
                fmt::format("env:{}", name));
}

std::string PermissionPolicy::expand_home(const std::string& path) const {
  const auto home = variables_("HOME").value_or("");
  return path.starts_with("~/") && home.starts_with('/') ? home + path.substr(1) : path;
}

std::optional<PermissionPolicy::Place> PermissionPolicy::fill_in(const std::string& choice) const {
  if (!choice.starts_with('$')) {
    const auto begin = choice.find('/') + 1;
    const std::string literal = expand_home(choice.substr(0, begin));
    if (!literal.starts_with('/')) return std::nullopt;
    return Place{literal, choice.substr(begin), false};
  }
  const auto slash = choice.find('/');
  const auto value =
      variables_(choice.substr(1, slash == std::string::npos ? slash : slash - 1)).value_or("");
  if (value.empty()) return std::nullopt;
  if (slash == std::string::npos) return Place{expand_home(value), {}, true};
  return Place{expand_home(value) + "/", choice.substr(slash + 1), false};
}

std::optional<PermissionPolicy::Place> PermissionPolicy::first_place(
    const Permission& permission) const {
  for (const auto& choice : permission.choices)
    if (auto place = fill_in(choice)) return place;
  return std::nullopt;
}

std::vector<std::string> PermissionPolicy::values_of(const Permission& permission) const {
  const auto place = first_place(permission);
  if (!place) return {};
  const std::string path = place->literal + place->pattern;
  const platform::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return {};
  const auto text = read_regular(file.get(), path);
  return text ? values_under(permission.key, *text) : std::vector<std::string>();
}

std::string PermissionPolicy::setting_of(const Permission& permission) const {
  const auto found = settings_.find(permission.setting);
  return found != settings_.end() ? found->second : std::string();
}

std::optional<PermissionPolicy::Place> PermissionPolicy::place_of(const std::string& path) const {
  const std::string expanded = expand_home(path);
  for (const auto& permission : permissions_) {
    if (permission.kind != Kind::file) continue;
    if (!permission.setting.empty()) {
      const auto value = setting_of(permission);
      if (value.starts_with('/') && value == path && !platform::is_kernel_path(value))
        return Place{value, {}, true};
      continue;
    }
    if (!permission.key.empty()) {
      for (const auto& value : values_of(permission))
        if (value == path || expand_home(value) == expanded)
          return Place{expand_home(value), {}, true};
      continue;
    }
    const auto place = first_place(permission);
    if (!place) continue;
    if (place->named && place->literal == expanded) return place;
    if (place->named || !expanded.starts_with(place->literal) || has_dots(expanded)) continue;
    if (path_fits(std::string_view(expanded).substr(place->literal.size()), place->pattern))
      return place;
  }
  return std::nullopt;
}

base::Result<std::optional<std::string>> PermissionPolicy::read_file(
    const std::string& path) const {
  // Without a home directory, as in many CI jobs, the file does not exist.
  if (path.starts_with("~/") && expand_home(path) == path) return std::optional<std::string>();
  const auto place = place_of(path);
  if (!place) return denied("read the file " + base::quote(path), "file:" + path);
  const std::string expanded = expand_home(path);
  const platform::UniqueFd file(
      ::open(expanded.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
  if (!file) return base::file_error("read", expanded, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && platform::is_null_device(status))
    return std::optional(std::string());
  if (platform::is_kernel_path(platform::path_of_open_file(file.get())))
    return denied(fmt::format("read {}, which is in /proc, /sys or /dev", base::quote(path)),
                  "file:" + path);
  if (!place->named && !is_within(platform::path_of_open_file(file.get()),
                                  fixed_directory(place->literal, place->pattern)))
    return denied(
        fmt::format("read the file {}, which links to another directory", base::quote(path)),
        "file:" + platform::path_of_open_file(file.get()));
  BERTH_TRY(auto bytes, read_regular(file.get(), expanded));
  return std::optional(std::move(bytes));
}

std::optional<http::AddressPolicy> PermissionPolicy::rule_for(const Permission& permission,
                                                              const http::Origin& origin) const {
  if (permission.kind != Kind::http) return std::nullopt;
  if (const auto named = setting_of(permission); !named.empty())
    return names_origin(named, origin) ? std::optional(http::AddressPolicy::everything())
                                       : std::nullopt;
  for (const auto& value :
       permission.key.empty() ? std::vector<std::string>() : values_of(permission))
    if (names_origin(value, origin)) return http::AddressPolicy::everything();
  for (const auto& choice :
       permission.key.empty() ? permission.choices : std::vector<std::string>()) {
    if (choice == kOwnHost) {
      if (registry_origin_.empty()) continue;
      return names_origin(registry_origin_, origin)
                 ? std::optional(http::AddressPolicy::everything())
                 : std::nullopt;
    }
    const auto variable = choice.find('$');
    if (variable == std::string::npos) return rule_of_pattern(choice, origin);
    const auto value = variables_(choice.substr(variable + 1)).value_or("");
    if (value.empty()) continue;
    return names_origin(value, origin, variable == 0 ? "https://" : "http://")
               ? std::optional(http::AddressPolicy::everything())
               : std::nullopt;
  }
  return std::nullopt;
}

base::Result<http::AddressPolicy> PermissionPolicy::call(const std::string& url) const {
  BERTH_TRY(const auto origin, http::Origin::of(url));
  for (const auto& permission : permissions_)
    if (auto rule = rule_for(permission, origin)) return *rule;
  const std::string line = origin.str();
  if (!registry_origin_.empty() && names_origin(registry_origin_, origin))
    return denied("connect to " + line, "http:{uri}");
  return denied("connect to " + line,
                "http:" + (origin.tls() ? line.substr(std::string_view("https://").size()) : line),
                "for a host that users choose, \"http:$VARIABLE\" or \"http:{KEY in FILE}\"");
}

base::Result<void> PermissionPolicy::send_credentials(const std::string& url) const {
  BERTH_TRY(const auto origin, http::Origin::of(url));
  for (const auto& permission : permissions_)
    if (permission.kind == Kind::credentials &&
        http::Origin::make(true, permission.choices.front()) == origin)
      return {};
  const std::string host = origin.str().substr(origin.str().find("://") + 3);
  return denied("send the container registry's credentials to " + origin.str(),
                "credentials:" + host);
}

bool PermissionPolicy::may_run(const Permission& permission,
                               const std::vector<std::string>& argv) const {
  if (permission.kind != Kind::exec) return false;
  if (!permission.setting.empty()) {
    const auto program = setting_of(permission);
    return program.starts_with('/') && program == argv[0];
  }
  if (!permission.key.empty())
    return std::ranges::any_of(values_of(permission), [&](const auto& value) {
      return split_command_line(value) == argv;
    });
  for (const auto& choice : permission.choices) {
    if (!choice.starts_with('$')) return choice == argv[0];
    if (const auto value = variables_(choice.substr(1)).value_or(""); !value.empty())
      return value == argv[0];
  }
  return false;
}

base::Result<void> PermissionPolicy::run(const std::vector<std::string>& argv) const {
  if (argv.empty() || argv[0].empty())
    return denied("run a program without a name", "exec:PROGRAM");
  for (const auto& permission : permissions_)
    if (may_run(permission, argv)) return {};
  return denied("run the program " + base::quote(argv[0]), "exec:" + argv[0],
                argv[0].starts_with('/') ? "for a path that users choose, \"exec:$VARIABLE\"" : "");
}

}  // namespace berth::flavor
