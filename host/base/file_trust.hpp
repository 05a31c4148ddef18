// FileTrust: detects whether users other than this process's and root can change or replace a file.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/log.hpp"

namespace berth::base {

struct FileTrust {
  enum class Problem { foreign_owner, writable_by_group, writable_by_all, dangling_link };
  Problem problem;
  std::string cause;  // "it is owned by user 1000", "its mode is 0666"
};

// Returns std::nullopt if the file is owned by this user or root and writable only by its owner or
// by the owner's own group. A sticky directory that others can write to counts as not writable:
// they cannot rename files in it. An owner that this user namespace does not map counts as trusted:
// it may be root outside.
std::optional<FileTrust> distrust(const struct stat& status);

struct DistrustedPath {
  std::string path;  // of the file or directory
  FileTrust trust;
};

// Checks, as distrust() does, the file at `path` with links resolved, then the directories in which
// `path` or that file could be replaced. std::nullopt also if the file does not exist.
std::optional<DistrustedPath> distrust_path(const std::string& path);

// Checks every existing directory above `path`, and `path` itself, with links resolved: what does
// not exist yet could only be created by this user or root. A link that leads nowhere is a problem
// too.
std::optional<DistrustedPath> distrust_ancestors(const std::string& path);

// Logs a warning if `path` is a regular file that other users can change. For files of other tools,
// which are used nevertheless, as those tools do: root in a container reads files of the user who
// mounted them.
void warn_of_untrusted_file(const std::string& path, Log& log);

}  // namespace berth::base
