#include "flavor/trust.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "base/file_trust.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

base::Result<void> check_status(const struct stat& status, const std::string& path) {
  const auto trust = base::distrust(status);
  if (!trust) return {};
  if (trust->problem == base::FileTrust::Problem::foreign_owner)
    return Error(ErrorClass::trust, "flavor.foreign-owner", path + " is owned by another user")
        .cause(trust->cause)
        .fix("berth flavor register " + path);
  return Error(ErrorClass::trust, "flavor.writable-by-others", path + " is writable by others")
      .cause(trust->cause)
      .fix("chmod go-w " + path);
}

}  // namespace

base::Result<void> check_trust(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return base::file_error("read", path, errno);
  if (!S_ISREG(status.st_mode))
    return Error(ErrorClass::trust, "flavor.not-regular", path + " is not a regular file");
  BERTH_CHECK(check_status(status, path));
  // With a symbolic link, the file can be replaced in two directories: that of the link and that of
  // its target.
  boost::system::error_code error;
  const auto real = boost::filesystem::canonical(path, error);
  if (error) return base::file_error("read", path, error.value());
  for (const auto& file : {boost::filesystem::absolute(path), real}) {
    const std::string directory = file.parent_path().string();
    struct stat directory_status {};
    if (::stat(directory.c_str(), &directory_status) != 0)
      return base::file_error("read", directory, errno);
    BERTH_CHECK(check_status(directory_status, directory));
  }
  return {};
}

base::Result<void> check_development(const std::string& path, const Metadata& metadata,
                                     const std::string& flavor,
                                     const std::vector<std::string>& permissions) {
  std::string cause;
  if (metadata.flavor != flavor)
    cause = "it is flavor " + metadata.flavor + ", registered as " + flavor;
  for (const auto& permission : metadata.permissions)
    if (std::find(permissions.begin(), permissions.end(), permission) == permissions.end())
      cause = "it requires a permission that was not registered: " + permission;
  if (cause.empty()) return {};
  return base::Error(base::ErrorClass::trust, "flavor.changed",
                     path + " changed since it was registered")
      .cause(std::move(cause))
      .fix("berth flavor register --development " + path);
}

void log_sandbox(const std::string& path, const platform::SandboxParts& parts, bool thread_limit,
                 base::Log& log) {
  const auto names = platform::sandbox_names();
  const auto describe = [](bool active) { return active ? "on" : "unavailable"; };
  log.write(base::LogLevel::step, "sandbox",
            {{"file", path},
             {names.privileges, describe(parts.privileges)},
             {names.files, describe(parts.files)},
             {names.system_calls, describe(parts.system_calls)},
             {"thread limit", thread_limit ? "by the kernel" : "by counting"}});
}

Error unsandboxed(const std::string& path, std::string_view missing) {
  return Error(ErrorClass::trust, "flavor.unsandboxed",
               fmt::format("plugin {} cannot be sandboxed", path))
      .cause(fmt::format("it is not registered, and {} is unavailable on this machine", missing))
      .fix("berth flavor register " + path + ", or pass --allow-unsandboxed for one command");
}

}  // namespace berth::flavor
