#include "flavor/permissions.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "platform/special_paths.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using Kind = Permission::Kind;

Error wrong(std::string why) { return Error(ErrorClass::trust, "flavor.bad-note", std::move(why)); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_variable(std::string_view name) {
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

// Whether `path` is a relative path ("a/b*") without empty components, "." and "..".
bool is_path_below(std::string_view path) {
  while (true) {
    const auto slash = path.find('/');
    const auto component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_file_choice(std::string_view choice) {
  if (platform::is_kernel_path(choice)) return false;
  if (choice.starts_with('/')) return is_path_below(choice.substr(1));
  if (choice.starts_with("~/")) return is_path_below(choice.substr(2));
  if (!choice.starts_with('$')) return false;
  const auto slash = choice.find('/');
  return is_variable(choice.substr(1, slash == std::string_view::npos ? slash : slash - 1)) &&
         (slash == std::string_view::npos || is_path_below(choice.substr(slash + 1)));
}

bool is_program_choice(std::string_view choice) {
  if (choice.starts_with('/'))
    return is_path_below(choice.substr(1)) && choice.find('*') == std::string_view::npos;
  if (choice.starts_with('$')) return is_variable(choice.substr(1));
  return !choice.empty() && choice.find_first_of("/*|{} ") == std::string_view::npos;
}

bool is_host_choice(std::string_view choice) {
  if (choice == kOwnHost) return true;
  if (choice.starts_with("http://")) choice.remove_prefix(7);
  if (choice.starts_with('$')) return is_variable(choice.substr(1));
  if (choice.starts_with("*.")) choice.remove_prefix(2);
  return !choice.empty() && std::ranges::all_of(choice, [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == ':' || c == '[' ||
           c == ']';
  });
}

bool is_choice(Kind kind, std::string_view choice) {
  switch (kind) {
    case Kind::env:
      return is_variable(choice);
    case Kind::file:
      return is_file_choice(choice);
    case Kind::exec:
      return is_program_choice(choice);
    case Kind::http:
      return is_host_choice(choice);
    case Kind::credentials:
      return is_host_choice(choice) && choice.find_first_of("/$*{") == std::string_view::npos;
  }
  return false;
}

base::Result<std::vector<std::string>> parse_choices(Kind kind, std::string_view text) {
  std::vector<std::string> choices;
  while (true) {
    const auto bar = text.find('|');
    const auto choice = text.substr(0, bar);
    if (!is_choice(kind, choice)) return wrong("invalid value " + base::quote(choice, 80));
    choices.emplace_back(choice);
    if (bar == std::string_view::npos) return choices;
    text.remove_prefix(bar + 1);
  }
}

bool is_setting(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

// "{setting NAME}".
base::Result<Permission> parse_setting(Kind kind, std::string_view value) {
  constexpr std::string_view kStart = "{setting ";
  const auto name = value.substr(kStart.size(), value.size() - kStart.size() - 1);
  if (kind == Kind::env || !is_setting(name))
    return wrong(base::quote(value, 80) + " is not {setting NAME}");
  return Permission{kind, {}, {}, std::string(name)};
}

base::Result<Permission> parse_value(Kind kind, std::string_view value) {
  Permission permission{.kind = kind, .key = {}, .choices = {}};
  if (kind == Kind::credentials && value.find('|') != std::string_view::npos)
    return wrong("credentials can be sent to only one host");
  if (!value.starts_with('{') || value.starts_with(kOwnHost) || kind == Kind::credentials) {
    BERTH_TRY(permission.choices, parse_choices(kind, value));
    return permission;
  }
  if (value.starts_with("{setting ") && value.ends_with('}') &&
      value.find(" in ") == std::string_view::npos)
    return parse_setting(kind, value);
  const auto in = value.find(" in ");
  if (kind == Kind::env || !value.ends_with('}') || in == std::string_view::npos || in < 2)
    return wrong(base::quote(value, 80) + " is not {KEY in FILE}");
  permission.key = value.substr(1, in - 1);
  value.remove_suffix(1);
  BERTH_TRY(permission.choices, parse_choices(Kind::file, value.substr(in + 4)));
  if (value.find('*') != std::string_view::npos)
    return wrong("{KEY in FILE} requires a single file, without *");
  return permission;
}

std::string joined_with(const std::vector<std::string>& parts, std::string_view between) {
  std::string joined;
  for (const auto& part : parts) joined.append(joined.empty() ? "" : between).append(part);
  return joined;
}

// Returns "the file named by $NAME" for a variable, otherwise the choice itself ("~/.aws/config").
std::string describe_choice(Kind kind, const std::string& choice) {
  if (choice == kOwnHost) return "the container registry's own host";
  if (choice.starts_with("http://$"))
    return "the host named by " + choice.substr(7) + ", without TLS";
  const bool whole_variable = choice.starts_with('$') && choice.find('/') == std::string::npos;
  if (!whole_variable) return choice;
  const char* what =
      kind == Kind::file ? "the file" : (kind == Kind::exec ? "the program" : "the host");
  return std::string(what) + " named by " + choice;
}

std::string describe_choices(Kind kind, const std::vector<std::string>& choices) {
  std::vector<std::string> described;
  for (const auto& choice : choices) described.push_back(describe_choice(kind, choice));
  return joined_with(described, ", else ");
}

}  // namespace

base::Result<Permission> parse_permission(std::string_view text) {
  const std::pair<std::string_view, Kind> kinds[] = {{"http:", Kind::http},
                                                     {"env:", Kind::env},
                                                     {"file:", Kind::file},
                                                     {"exec:", Kind::exec},
                                                     {"credentials:", Kind::credentials}};
  for (const auto& [prefix, kind] : kinds)
    if (text.starts_with(prefix)) return parse_value(kind, text.substr(prefix.size()));
  return wrong("a permission starts with http:, env:, file:, exec: or credentials:");
}

std::string describe_permission(const std::string& text) {
  const auto permission = parse_permission(text);
  if (!permission) return text + " (not supported by this version of berth, and not granted)";
  const Kind kind = permission->kind;
  if (kind == Kind::credentials)
    return "sends the container registry's credentials to " + permission->choices.front();
  const char* verb = kind == Kind::env || kind == Kind::file
                         ? "reads "
                         : (kind == Kind::exec ? "runs " : "calls ");
  if (kind == Kind::env)
    return verb + joined_with(permission->choices, ", else ") + " from the environment";
  if (!permission->setting.empty())
    return std::string(verb) +
           (kind == Kind::file ? "the file" : (kind == Kind::exec ? "the program" : "the host")) +
           " named by setting " + permission->setting;
  if (permission->key.empty()) return verb + describe_choices(kind, permission->choices);
  const char* what =
      kind == Kind::file ? "the file" : (kind == Kind::exec ? "the program" : "the host");
  return std::string(verb) + what + " named by key " + permission->key + " of " +
         describe_choices(Kind::file, permission->choices);
}

}  // namespace berth::flavor
