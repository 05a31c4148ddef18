// FileTrust: whether another user than this process's, and than root, can change a file or replace it.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/log.hpp"

namespace berth::base {

struct FileTrust {
  enum class Problem { foreign_owner, writable_by_group, writable_by_all };
  Problem problem;
  std::string cause;  // "it is owned by user 1000", "its mode is 0666"
};

// std::nullopt if the file is owned by this user or root, and writable only by its owner or by the owner's own group.
// A directory that others may write into, but in which they may not rename (sticky), is like one that they may not
// write into. An owner that this user namespace does not have is not a foreign one: it may be root outside.
std::optional<FileTrust> distrust(const struct stat& status);

struct DistrustedPath {
  std::string path;  // of the file or directory
  FileTrust trust;
};

// As distrust(), of the file at `path` behind its links, then of the directories in which `path` and the file at the
// end of its links could be replaced. std::nullopt if there is no such file.
std::optional<DistrustedPath> distrust_path(const std::string& path);

// Logs a warning if `path` is a regular file that other users can change. For files of other tools, which are used
// nevertheless, as these tools use them: a container's root reads files of the user who mounted them.
void warn_of_untrusted_file(const std::string& path, Log& log);

}  // namespace berth::base
