#include "base/file_io.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdlib>

#include "platform/open_file.hpp"
#include "platform/temporary_file.hpp"

namespace berth::base {
namespace {

namespace fs = boost::filesystem;

constexpr const char* kPending = ".berth-new-";

bool still_named(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

// A temporary file next to `path`, locked while its writer runs, so that those of killed writers
// can be recognised. Deleted unless it was renamed.
class PendingFile {
 public:
  explicit PendingFile(const std::string& path) {
    do {
      name_ = path + kPending + "XXXXXX";
      fd_ = platform::UniqueFd(::mkostemp(name_.data(), O_CLOEXEC));
      // Another process's clean-up may have deleted the file before it was locked.
    } while (fd_ && ::flock(fd_.get(), LOCK_EX) == 0 && !still_named(fd_.get()));
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (fd_ && !placed_) ::unlink(name_.c_str());
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool place(const std::string& path) {
    return placed_ = ::rename(name_.c_str(), path.c_str()) == 0;
  }

 private:
  std::string name_;
  platform::UniqueFd fd_;
  bool placed_ = false;
};

void unlink_unless_in_use(const std::string& pending) {
  const platform::UniqueFd fd(
      ::open(pending.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(pending.c_str());
}

// Deletes the temporary files of killed writers of `path`.
void clean_up_beside(const std::string& path) {
  const fs::path file(path);
  const std::string begins = file.filename().string() + kPending;
  boost::system::error_code error;
  const auto directory = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().filename().string().starts_with(begins))
      unlink_unless_in_use(entry->path().string());
}

// A mount point (a container's volume) cannot be replaced, so it is overwritten.
Result<void> overwrite(const std::string& path, std::string_view bytes) {
  const platform::UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) return file_error("write", path, errno);
  BERTH_CHECK(write_all(fd.get(), std::as_bytes(std::span(bytes)), path));
  return ::fsync(fd.get()) == 0 ? Result<void>() : file_error("write", path, errno);
}

// A pipe opened with O_NONBLOCK reads as ended until it has a writer. Afterwards, reads block
// again.
Result<void> wait_for_writer(int fd, const std::string& path) {
  constexpr int kMilliseconds = 10'000;
  pollfd wait{fd, POLLIN, 0};
  const int ready = ::poll(&wait, 1, kMilliseconds);
  if (ready < 0) return file_error("read", path, errno);
  if (ready == 0)
    return Error(ErrorClass::stall, "file.no-writer",
                 "no program writes to the pipe \"" + path + "\"")
        .cause("waited " + std::to_string(kMilliseconds / 1000) + " s");
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
    return file_error("read", path, errno);
  return {};
}

// A rename is durable once its directory is synced.
void sync_directory(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const platform::UniqueFd directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
}

}  // namespace

Result<void> make_parents(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  if (parent.empty()) return {};
  std::string built;
  for (const auto& part : parent) {
    built = built.empty() || built == "/" ? built + part.string() : built + "/" + part.string();
    if (::mkdir(built.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS &&
        errno != EACCES)
      return file_error("create directory", built, errno);
  }
  return {};
}

Result<platform::UniqueFd> open_for_reading(const std::string& path, Pipes pipes) {
  // Without O_NONBLOCK, open(2) blocks until a pipe has a writer, and opening a device may have any
  // effect.
  platform::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return file_error("open", path, errno);
  struct stat info {};
  if (pipes == Pipes::allowed && ::fstat(fd.get(), &info) == 0 && S_ISFIFO(info.st_mode)) {
    BERTH_CHECK(wait_for_writer(fd.get(), path));
    return fd;
  }
  BERTH_CHECK(check_readable(fd.get(), path));
  return fd;
}

Result<void> check_readable(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return file_error("open", path, errno);
  if (S_ISDIR(info.st_mode)) return file_error("read", path, EISDIR);
  if (S_ISREG(info.st_mode) || platform::is_null_device(info)) return {};
  return Error(ErrorClass::disk, "file.special", "cannot read \"" + path + "\"")
      .cause("it is not a regular file");
}

Result<std::string> read_rest(int fd, const std::string& path, std::size_t limit) {
  std::string bytes;
  char buffer[65536];
  for (;;) {
    // EINTR is not retried: it interrupts only reads of a pipe, by a signal that is meant to end
    // the command.
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > limit)
      return Error(ErrorClass::validation, "file.too-large", "\"" + path + "\" is too large")
          .cause("more than " + std::to_string(limit) + " bytes");
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<std::string> read_file(const std::string& path, std::size_t limit, Pipes pipes) {
  BERTH_TRY(const platform::UniqueFd fd, open_for_reading(path, pipes));
  return read_rest(fd.get(), path, limit);
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("write", path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                            const std::string& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  BERTH_CHECK(make_parents(path));
  clean_up_beside(path);
  PendingFile pending(path);
  if (pending.fd() < 0) return file_error("write", path, errno);
  if (::fchmod(pending.fd(), mode) != 0) return file_error("write", path, errno);
  BERTH_CHECK(write_all(pending.fd(), std::as_bytes(std::span(bytes)), path));
  if (::fsync(pending.fd()) != 0) return file_error("write", path, errno);
  if (!pending.place(path)) {
    if (errno != EBUSY) return file_error("write", path, errno);
    return overwrite(path, bytes);
  }
  sync_directory(path);
  return {};
}

Result<OutputFile> OutputFile::open(const std::string& path) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISFIFO(status.st_mode)) return OutputFile(path, platform::UniqueFd());
  if (!exists) BERTH_CHECK(make_parents(path));
  platform::UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) return file_error("write", path, errno);
  return OutputFile(path, std::move(fd));
}

Result<void> OutputFile::write(std::string_view bytes, const Cancellation& cancellation) {
  while (!fd_) {
    fd_ = platform::UniqueFd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd_) break;
    if (errno != ENXIO) return file_error("write", path_, errno);
    // open(2) would block until there is a reader, and could not be cancelled.
    pollfd wait{cancellation.fd(), POLLIN, 0};
    ::poll(&wait, 1, 20);
    if (cancellation.requested()) return cancellation.error();
  }
  const int flags = ::fcntl(fd_.get(), F_GETFL);
  if ((flags & O_NONBLOCK) != 0) ::fcntl(fd_.get(), F_SETFL, flags & ~O_NONBLOCK);
  BERTH_CHECK(write_all(fd_.get(), std::as_bytes(std::span(bytes)), path_));
  // Network file systems report a full disk at close(2).
  if (::close(fd_.release()) != 0 && errno != EINTR) return file_error("write", path_, errno);
  return {};
}

Result<FileLock> FileLock::acquire(const std::string& path, std::chrono::milliseconds limit,
                                   const Cancellation& cancellation) {
  BERTH_CHECK(make_parents(path));
  platform::UniqueFd fd(::open(
      path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600));
  if (!fd) return file_error("lock", path, errno);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return file_error("lock", path, errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return Error(ErrorClass::stall, "lock.timeout",
                   "\"" + path + "\" is locked by another process")
          .cause("waited " + std::to_string(limit.count()) + " ms");
    // flock(2) cannot be combined with poll(2): try again after a short wait that cancellation
    // ends.
    pollfd wait{cancellation.fd(), POLLIN, 0};
    ::poll(&wait, 1, 5);
    if (cancellation.requested()) return cancellation.error();
  }
  return FileLock(std::move(fd));
}

Result<platform::UniqueFd> unlinked_file(const std::string& directory) {
  std::string where = directory;
  if (where.empty()) {
    const char* chosen = std::getenv("TMPDIR");
    where = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
    // Minimal images may have only one of these directories.
    if (where == "/var/tmp" && ::access(where.c_str(), W_OK | X_OK) != 0) where = "/tmp";
  }
  std::error_code error;
  auto file = platform::create_unnamed_file(where, error);
  if (error) return file_error("create a temporary file in", where, error.value());
  return file;
}

}  // namespace berth::base
