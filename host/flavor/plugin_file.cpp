#include "flavor/plugin_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <vector>

#include "base/files.hpp"
#include "oci/hasher.hpp"

namespace berth::flavor {
namespace {

constexpr off_t kLargestPlugin = off_t{256} << 20U;

base::Result<void> check_kind(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode))
    return base::Error(base::ErrorClass::trust, "flavor.not-regular", path + " is not a regular file");
  if (status.st_size > kLargestPlugin)
    return base::Error(base::ErrorClass::trust, "flavor.too-large", path + " is too large for a plugin")
        .cause(fmt::format("it has {} bytes; the limit is {}", status.st_size, kLargestPlugin));
  return {};
}

}  // namespace

base::Result<platform::UniqueFd> open_plugin_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return base::file_error("open", path, errno);
  BERTH_CHECK(check_kind(status, path));
  // The path may refer to another file since stat().
  platform::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd || ::fstat(fd.get(), &status) != 0) return base::file_error("open", path, errno);
  BERTH_CHECK(check_kind(status, path));
  return fd;
}

base::Result<std::string> hash_plugin_file(int fd, const std::string& path) {
  oci::Hasher hasher;
  std::vector<std::byte> buffer(std::size_t{1} << 18U);
  for (std::uint64_t at = 0;;) {
    BERTH_TRY(const auto count, base::read_at(fd, buffer, at, path));
    if (count == 0) break;
    hasher.update(std::span<const std::byte>(buffer).first(count));
    at += count;
  }
  return std::string(hasher.finish().hex());
}

}  // namespace berth::flavor
