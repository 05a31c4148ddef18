#include "base/file_trust.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "platform/account.hpp"

namespace berth::base {
std::optional<FileTrust> distrust(const struct stat& status) {
  using Problem = FileTrust::Problem;
  if (status.st_uid != ::geteuid() && status.st_uid != 0 && !platform::is_unmapped(status.st_uid))
    return FileTrust{Problem::foreign_owner, fmt::format("it is owned by user {}", status.st_uid)};
  const bool sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
  const auto mode = fmt::format("its mode is {:04o}", status.st_mode & 07777U);
  if ((status.st_mode & S_IWOTH) != 0 && !sticky) return FileTrust{Problem::writable_by_all, mode};
  if ((status.st_mode & S_IWGRP) != 0 && !sticky &&
      platform::primary_group(status.st_uid) != status.st_gid)
    return FileTrust{Problem::writable_by_group, mode};
  return std::nullopt;
}

std::optional<DistrustedPath> distrust_path(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  if (auto trust = distrust(status)) return DistrustedPath{path, std::move(*trust)};
  boost::system::error_code error;
  const auto real = boost::filesystem::canonical(path, error);
  for (const auto& file : {boost::filesystem::absolute(path), real}) {
    const std::string directory = file.parent_path().string();
    if (directory.empty() || ::stat(directory.c_str(), &status) != 0) continue;
    if (auto trust = distrust(status)) return DistrustedPath{directory, std::move(*trust)};
  }
  return std::nullopt;
}

std::optional<DistrustedPath> distrust_ancestors(const std::string& path) {
  namespace fs = boost::filesystem;
  boost::system::error_code error;
  fs::path existing = fs::absolute(path).lexically_normal();
  while (!existing.empty() && fs::symlink_status(existing, error).type() == fs::file_not_found)
    existing = existing.parent_path();
  const auto real = fs::canonical(existing, error);
  if (error)
    return DistrustedPath{
        existing.string(),
        {FileTrust::Problem::dangling_link, "it cannot be resolved: " + error.message()}};
  for (const auto& from : {existing, real}) {
    for (fs::path at = from; !at.empty(); at = at.parent_path()) {
      struct stat status {};
      if (::stat(at.c_str(), &status) != 0) continue;
      if (auto trust = distrust(status)) return DistrustedPath{at.string(), std::move(*trust)};
      if (at == at.root_path()) break;
    }
  }
  return std::nullopt;
}

void warn_of_untrusted_file(const std::string& path, Log& log) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const auto trust = distrust(status);
  if (!trust) return;
  const bool foreign = trust->problem == FileTrust::Problem::foreign_owner;
  log.write(LogLevel::warning,
            foreign ? fmt::format("{} is owned by another user: {}", path, trust->cause)
                    : fmt::format("{} is writable by others: {}; chmod go-w {}", path, trust->cause,
                                  path),
            {});
}

}  // namespace berth::base
