#include "platform/find_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace berth::platform {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return is_executable_file(name) ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  const std::string_view directories =
      variable != nullptr ? variable : "/bin:/usr/bin";  // as execvp(3)
  for (std::size_t begin = 0; begin <= directories.size();) {
    const auto end = std::min(directories.find(':', begin), directories.size());
    const std::string directory(directories.substr(begin, end - begin));
    if (auto path = (directory.empty() ? "." : directory) + "/" + name; is_executable_file(path))
      return path;
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace berth::platform
