#include "platform/special_paths.hpp"

namespace berth::platform {

bool is_kernel_path(std::string_view path) {
  // /dev/shm contains ordinary files.
  if (path.starts_with("/dev/")) return !path.starts_with("/dev/shm/");
  return path.starts_with("/proc/") || path.starts_with("/sys/");
}

bool is_standard_output(std::string_view path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

}  // namespace berth::platform
