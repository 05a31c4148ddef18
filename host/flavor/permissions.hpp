// Permission: one thing that a flavor declared it needs of the host, as its metadata has it. Value.
// What the person, not the plugin, wrote may decide: the file that a variable names, the program that a file names.
//   credentials:HOST  or HOST:PORT: requests to that host may carry the user's credentials for the container registry
//   KIND:VALUE   KIND is http, env, file or exec; VALUE is
//     CHOICE|CHOICE…             the first whose variables are set
//     {KEY in CHOICE|CHOICE…}    what that file says under KEY (not for env); the choices are files
//   a CHOICE of env   NAME
//            of file  (not of is_kernel_path()) /PATH, ~/PATH, $NAME, $NAME/PATH; a * in PATH stands for any characters
//            but a slash of exec  NAME, found in PATH; /PATH; $NAME of http  HOST, *.HOST, either with :PORT, and
//            http:// before it where TLS is not spoken; $NAME, a host or
//                     a URL; http://$NAME, a host without TLS, or a URL
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::flavor {

struct Permission {
  enum class Kind { http, env, file, exec, credentials };
  Kind kind = Kind::env;
  std::string key;  // empty: no file is asked
  std::vector<std::string> choices;
};

// Class trust, code "flavor.bad-note", with what is wrong as its message.
base::Result<Permission> parse_permission(std::string_view text);

// Below /proc, /sys or /dev (not /dev/shm): processes, their environment and devices, which no permission covers.
bool is_kernel_path(std::string_view path);

// For people: "reads the file that $AWS_CONFIG_FILE names, else ~/.aws/config". Of texts that are no permission: the
// text itself.
std::string permission_in_words(const std::string& text);

}  // namespace berth::flavor
