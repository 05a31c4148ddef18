#include "flavor/plugin_file.hpp"

#include <berth/abi.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <vector>

#include "base/file_io.hpp"
#include "oci/hasher.hpp"

namespace berth::flavor {
namespace {

constexpr off_t kMaxPlugin = off_t{256} << 20U;

base::Result<void> check_kind(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode))
    return base::Error(base::ErrorClass::trust, "flavor.not-regular",
                       path + " is not a regular file");
  if (status.st_size > kMaxPlugin)
    return base::Error(base::ErrorClass::trust, "flavor.too-large",
                       path + " is too large for a plugin")
        .cause(fmt::format("it has {} bytes; the limit is {}", status.st_size, kMaxPlugin));
  return {};
}

base::Error object_error(const platform::ObjectFileError& error, const std::string& path) {
  using Kind = platform::ObjectFileError::Kind;
  using base::ErrorClass;
  if (error.kind == Kind::unreadable) return base::file_error("read", path, error.error.value());
  if (error.kind == Kind::other_machine)
    return base::Error(ErrorClass::trust, "flavor.wrong-machine",
                       path + " is built for another platform")
        .cause(error.cause)
        .fix("build it for this architecture and operating system");
  return base::Error(ErrorClass::trust, "flavor.not-elf", path + " is not a valid shared object")
      .cause(error.cause);
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

base::Result<void> check_version(const platform::UniqueFd& file, const std::string& path,
                                 const platform::FileVersion& version) {
  if (platform::version_of(file) == version) return {};
  return base::Error(base::ErrorClass::trust, "flavor.changed", path + " changed while it was read")
      .fix("try again; berth flavor why " + path);
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

base::Result<platform::ObjectFile> parse_plugin_file(int fd, const std::string& path) {
  platform::ObjectFileError error;
  auto file = platform::read_object_file(
      fd, {.owner = BERTH_NOTE_OWNER, .type = BERTH_NOTE_TYPE, .symbol = BERTH_PLUGIN_SYMBOL},
      error);
  if (error.kind != platform::ObjectFileError::Kind::none) return object_error(error, path);
  return file;
}

}  // namespace berth::flavor
