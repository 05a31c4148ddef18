// Sources: proc_pid_fd(5); null(4); open(2), O_PATH.
#include "platform/open_file.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace berth::platform {

std::string path_of_open_file(int fd) {
  std::array<char, PATH_MAX> buffer{};
  const auto size =
      ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == ::makedev(1, 3);
}

UniqueFd open_directory(const std::string& path, std::error_code& error) {
  UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  error = fd ? std::error_code() : std::error_code(errno, std::generic_category());
  return fd;
}

UniqueFd open_directory_at(int directory, const std::string& name, std::error_code& error) {
  UniqueFd fd(::openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  error = fd ? std::error_code() : std::error_code(errno, std::generic_category());
  // Kernels that ignore O_DIRECTORY next to O_PATH open the link itself.
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISLNK(status.st_mode)) return fd;
  error.assign(ELOOP, std::generic_category());
  return {};
}

}  // namespace berth::platform
