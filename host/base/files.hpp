// Files: reading within bounds, writing whole or not at all, locks between processes, unlinked temporary files.
// Errors are of class not-found (ENOENT) or disk, and name the path.
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
#include "base/unique_fd.hpp"

namespace berth::base {

// Whether an open descriptor is that of a regular file or of /dev/null. Errors as open_for_reading().
Result<void> check_readable(int fd, const std::string& path);

// What a named pipe in a file's place is. Only a file that a user named may be one (`--ca-file <(…)`): elsewhere it
// would be waited for.
enum class Pipes { refused, allowed };

// The whole file; more than `limit` bytes is an error (class validation, code "file.too-large").
Result<std::string> read_file(const std::string& path, std::size_t limit, Pipes pipes = Pipes::refused);
// The rest of an open file.
Result<std::string> read_rest(int fd, const std::string& path, std::size_t limit);

// Opens a regular file for reading, close-on-exec, without waiting. /dev/null is an empty file; directories and other
// special files are refused (code "file.special"). The writer of a pipe is waited for at most 10 s (class stall, code
// "file.no-writer") or until a signal.
Result<UniqueFd> open_for_reading(const std::string& path, Pipes pipes = Pipes::refused);

// Writes beside `path` (same folder, unlinked on failure), syncs, renames. What a killed writer left there goes with
// the next write. Missing parent folders are made, mode 0700. A file that is a mount point is written in place.
Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode);

// A file that a user named for output, opened as by a shell redirection: created with mode 0666 less the umask, or
// emptied; links are followed; devices, pipes and mounted files are written to. Missing parent directories are created.
class OutputFile {
 public:
  // Fails now if the file cannot be written. A named pipe is opened by write(), so that its reader may come later.
  static Result<OutputFile> open(const std::string& path);
  // Writes all of `bytes` and closes the file; call it once. Waits for the reader of a named pipe until cancelled.
  Result<void> write(std::string_view bytes, const Cancellation& cancellation);

 private:
  OutputFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

// All of `bytes`, through EINTR and short writes.
Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& path);

// As many bytes as are there, up to bytes.size(), from `offset`: 0 at the end of the file. Through EINTR.
Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset, const std::string& path);

// An exclusive flock(2) on `path` (made if missing, mode 0600; parents made, mode 0700), held until destroyed.
class FileLock {
 public:
  // Waits at most `limit` (class stall, code "lock.timeout"); ends early when cancelled.
  static Result<FileLock> acquire(const std::string& path, std::chrono::milliseconds limit,
                                  const Cancellation& cancellation);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// A file without a name in `folder` (if empty: TMPDIR, else /var/tmp, else /tmp): gone when closed, however the process
// ends.
Result<UniqueFd> unlinked_file(const std::string& folder = {});

}  // namespace berth::base
