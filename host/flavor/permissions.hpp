// Permission: one permission that a flavor declares in its metadata, parsed. A value type.
// The permission may leave the file, program or host to the user: "$NAME" is the value of an
// environment variable, "{KEY in FILE}" a value in a configuration file. Both are written by the
// user, not by the plugin.
// Syntax:
//   credentials:HOST[:PORT]        requests to that host may carry the user's registry credentials
//   KIND:{setting NAME}            the value of that setting, if the user set it; KIND: http, file,
//                                  exec; NAME: a setting of the flavor's own schema
//   KIND:CHOICE|CHOICE…            KIND: http, env, file, exec; the first choice whose variables
//   are set KIND:{KEY in CHOICE|CHOICE…}   the value of KEY in that file; KIND: http, file, exec;
//   the choices
//                                  are files without *
// Choices:
//   env    NAME
//   file   /PATH, ~/PATH, $NAME, $NAME/PATH; * in PATH matches any characters except a slash.
//          Not a path for which platform::is_kernel_path() is true
//   exec   NAME, found in PATH; /PATH; $NAME
//   http   {uri}, the host of the container registry's URI, as berth connects to it;
//          HOST or *.HOST, optionally with :PORT; $NAME, a host or a URL. http:// before either
//   means
//          without TLS
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::flavor {

inline constexpr std::string_view kOwnHost = "{uri}";

struct Permission {
  enum class Kind { http, env, file, exec, credentials };
  Kind kind = Kind::env;
  std::string key;  // KEY of {KEY in FILE}; empty without it
  std::vector<std::string> choices;
  std::string setting{};  // NAME of {setting NAME}; empty without it
};

// Parses `text`. Errors: class trust, code "flavor.bad-note"; the message describes what is
// invalid.
base::Result<Permission> parse_permission(std::string_view text);

// Returns a permission as text for the user: "reads the file named by $AWS_CONFIG_FILE, else
// ~/.aws/config". A permission of a form that this version does not support is returned as it is,
// with a remark.
std::string describe_permission(const std::string& text);

}  // namespace berth::flavor
