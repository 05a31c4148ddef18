#include "flavor/trust.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>

#include <boost/filesystem.hpp>

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

std::optional<gid_t> own_group(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return found->pw_gid;
}

base::Result<void> check_status(const struct stat& status, const std::string& path) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return Error(ErrorClass::trust, "flavor.foreign-owner", path + " belongs to another user")
        .cause(fmt::format("its owner is user {}", status.st_uid))
        .fix("berth flavor register " + path);
  const bool by_group = (status.st_mode & S_IWGRP) != 0 && own_group(status.st_uid) != status.st_gid;
  // A folder that others may write into, but not rename in, is as good as one that they may not.
  const bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
  if (((status.st_mode & S_IWOTH) != 0 || by_group) && !sticky)
    return Error(ErrorClass::trust, "flavor.writable-by-others", path + " may be changed by others")
        .cause(fmt::format("its mode is {:04o}", status.st_mode & 07777U))
        .fix("chmod go-w " + path);
  return {};
}

}  // namespace

base::Result<void> check_trust(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return base::file_error("read", path, errno);
  if (!S_ISREG(status.st_mode)) return Error(ErrorClass::trust, "flavor.not-regular", path + " is not a regular file");
  BERTH_CHECK(check_status(status, path));
  // Behind a symbolic link there is a second folder in which the file could be replaced.
  boost::system::error_code error;
  const auto real = boost::filesystem::canonical(path, error);
  if (error) return base::file_error("read", path, error.value());
  for (const auto& file : {boost::filesystem::absolute(path), real}) {
    const std::string folder = file.parent_path().string();
    struct stat folder_status {};
    if (::stat(folder.c_str(), &folder_status) != 0) return base::file_error("read", folder, errno);
    BERTH_CHECK(check_status(folder_status, folder));
  }
  return {};
}

Error unsandboxed(const std::string& path, std::string_view missing) {
  return Error(ErrorClass::trust, "flavor.unsandboxed", fmt::format("plugin {} cannot be sandboxed", path))
      .cause(fmt::format("it is not registered, and this machine does not offer {}", missing))
      .fix("berth flavor register " + path + ", or --allow-unsandboxed for one command");
}

}  // namespace berth::flavor
