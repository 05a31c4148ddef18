// DirectoryRoot: accesses files below a directory and never leaves it, whatever links and renames
// are created meanwhile. Symbolic links are followed while they stay below the directory; one that
// leads out, or is absolute, is an error: class disk, code "file.outside". Like openat2(2) with
// RESOLVE_BENEATH, which some container runtimes block. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "platform/unique_fd.hpp"

namespace berth::base {

class DirectoryRoot {
 public:
  // Opens the directory `path`, following links in it. Errors name the path.
  static Result<DirectoryRoot> open(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Opens a regular file, named by a relative path, for reading.
  [[nodiscard]] Result<platform::UniqueFd> open_for_reading(std::string_view name) const;
  // Opens the directory `name` and creates missing directories, with mode 0777 minus the umask.
  [[nodiscard]] Result<platform::UniqueFd> make_directories(std::string_view name) const;

 private:
  DirectoryRoot(std::string path, platform::UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  platform::UniqueFd fd_;
};

// A file being written in a directory; deleted unless keep_as() was called.
class PartialFile {
 public:
  // `directory` must outlive the file; `place` is its path, for errors.
  static Result<PartialFile> create(int directory, std::string place);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile();

  Result<void> write(std::span<const std::byte> bytes);
  // Sets the mode, syncs the file and renames it to `name` in the directory, replacing a file or
  // link of that name.
  Result<void> keep_as(const std::string& name, mode_t mode);

 private:
  PartialFile(int directory, std::string place) : directory_(directory), place_(std::move(place)) {}
  int directory_;
  std::string place_;
  std::string name_;
  platform::UniqueFd fd_;
};

}  // namespace berth::base
