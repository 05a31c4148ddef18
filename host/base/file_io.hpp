// Reads files with size limits and writes them atomically; locks between processes; unlinked
// temporary files. Errors are of class not-found (ENOENT) or disk, and name the path.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/result.hpp"
#include "platform/unique_fd.hpp"

namespace berth::base {

// Checks that an open descriptor is a regular file or /dev/null, which users name so that no file
// is read. Errors as open_for_reading().
Result<void> check_readable(int fd, const std::string& path);

// Whether a named pipe is accepted as a file. Only for files that the user named (`--ca-file
// <(…)`): reading a pipe blocks.
enum class Pipes { refused, allowed };

// Reads the whole file; more than `limit` bytes is class validation, code "file.too-large".
Result<std::string> read_file(const std::string& path, std::size_t limit,
                              Pipes pipes = Pipes::refused);
// Reads the rest of an open file.
Result<std::string> read_rest(int fd, const std::string& path, std::size_t limit);

// Opens a regular file for reading, close-on-exec, without blocking. /dev/null is an empty file;
// directories and other special files are rejected (code "file.special"). For a pipe, waits for its
// writer at most 10 s (class stall, code "file.no-writer") or until a signal.
Result<platform::UniqueFd> open_for_reading(const std::string& path, Pipes pipes = Pipes::refused);

// Creates the missing directories above `path`, mode 0700.
Result<void> make_parents(const std::string& path);

// Writes to a temporary file in the same directory, syncs and renames it; deletes it on failure.
// Deletes those of killed writers. Missing parent directories are created, mode 0700. A file that
// is a mount point is written in place.
Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode);

// An output file that the user named, opened like a shell redirection: created with mode 0666 minus
// the umask, or truncated. Links are followed; devices, pipes and mounted files are written to.
// Missing parent directories are created.
class OutputFile {
 public:
  // Fails at once if the file cannot be written. A named pipe is opened by write(), so that its
  // reader may start later.
  static Result<OutputFile> open(const std::string& path);
  // Writes all of `bytes` and closes the file; call it once. For a named pipe, waits for the reader
  // until cancelled.
  Result<void> write(std::string_view bytes, const Cancellation& cancellation);

 private:
  OutputFile(std::string path, platform::UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  platform::UniqueFd fd_;
};

// Writes all of `bytes`; handles EINTR and short writes.
Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& path);

// Reads the available bytes from `offset`, at most bytes.size(); returns 0 at the end of the file.
// Handles EINTR.
Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                            const std::string& path);

// An exclusive flock(2) on `path`, held until destroyed. The file is created if missing, mode 0600;
// parent directories, mode 0700.
class FileLock {
 public:
  // Waits at most `limit` (class stall, code "lock.timeout") or until cancelled.
  static Result<FileLock> acquire(const std::string& path, std::chrono::milliseconds limit,
                                  const Cancellation& cancellation);

 private:
  explicit FileLock(platform::UniqueFd fd) : fd_(std::move(fd)) {}
  platform::UniqueFd fd_;
};

// Creates an unnamed file in `directory` (if empty: TMPDIR, else /var/tmp, else /tmp). It
// disappears when closed, however the process ends.
Result<platform::UniqueFd> unlinked_file(const std::string& directory = {});

}  // namespace berth::base
