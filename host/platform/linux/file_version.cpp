#include "platform/file_version.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace berth::platform {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

// File systems on local storage, whose times are those of the kernel's coarse clock. Source:
// statfs(2).
bool is_local(const UniqueFd& file) {
  constexpr std::array<std::uint64_t, 5> kinds{0xEF53, 0x58465342, 0x9123683E, 0x2FC12FC1,
                                               0x01021994};
  struct statfs status {};
  return ::fstatfs(file.get(), &status) == 0 &&
         std::find(kinds.begin(), kinds.end(), static_cast<std::uint64_t>(status.f_type)) !=
             kinds.end();
}

// Servers have clocks of their own, and some file systems store whole seconds, FAT every second
// one.
std::int64_t tick_of(const UniqueFd& file) {
  timespec resolution{};
  if (!is_local(file) || ::clock_getres(CLOCK_REALTIME_COARSE, &resolution) != 0)
    return 2 * kSecond;
  return nanoseconds(resolution);
}

// On a read-only file system an image that was mounted instead of another one may have the same
// times.
bool is_read_only(const UniqueFd& file) {
  struct statvfs status {};
  return ::fstatvfs(file.get(), &status) != 0 || (status.f_flag & ST_RDONLY) != 0;
}

}  // namespace

std::optional<FileVersion> version_of(const UniqueFd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0)
    return std::nullopt;
  return FileVersion{.device = status.st_dev,
                     .inode = status.st_ino,
                     .size = static_cast<std::uint64_t>(status.st_size),
                     .modified = nanoseconds(status.st_mtim),
                     .changed = nanoseconds(status.st_ctim)};
}

bool is_settled(const UniqueFd& file, const FileVersion& version) {
  timespec now{};
  if (is_read_only(file)) return false;
  if (::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return false;
  return std::max(version.modified, version.changed) < nanoseconds(now) - tick_of(file);
}

std::string boot_id() {
  const UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  const auto count = file ? ::read(file.get(), text.data(), text.size()) : 0;
  std::string id(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  id.erase(std::remove(id.begin(), id.end(), '\n'), id.end());
  return id;
}

}  // namespace berth::platform
