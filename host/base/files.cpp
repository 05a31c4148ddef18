#include "base/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdlib>

namespace berth::base {
namespace {

namespace fs = boost::filesystem;

Result<void> make_parents(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  if (parent.empty()) return {};
  std::string built;
  for (const auto& part : parent) {
    built = built.empty() || built == "/" ? built + part.string() : built + "/" + part.string();
    if (::mkdir(built.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES)
      return file_error("make the folder", built, errno);
  }
  return {};
}

// Unlinks what it names unless it was renamed into its place.
class PendingFile {
 public:
  explicit PendingFile(std::string path) : path_(std::move(path)) {}
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void placed() { path_.clear(); }

 private:
  std::string path_;
};

// A rename is durable once the folder that holds the name is.
void sync_folder(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const UniqueFd folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

}  // namespace

Result<UniqueFd> open_for_reading(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return file_error("open", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return file_error("open", path, errno);
  if (S_ISDIR(info.st_mode)) return file_error("read", path, EISDIR);
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode))
    return Error(ErrorClass::disk, "file.special", "cannot read \"" + path + "\"").cause("it is not a regular file");
  return fd;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  BERTH_TRY(const UniqueFd fd, open_for_reading(path));
  std::string bytes;
  char buffer[65536];
  for (;;) {
    // No retry after EINTR: only a pipe's reader is interrupted, by a signal that is to end it.
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > limit)
      return Error(ErrorClass::validation, "file.too-large", "\"" + path + "\" is too large")
          .cause("more than " + std::to_string(limit) + " bytes");
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
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

Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset, const std::string& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  BERTH_CHECK(make_parents(path));
  std::string beside = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (!fd) return file_error("write", path, errno);
  PendingFile pending(beside);
  if (::fchmod(fd.get(), mode) != 0) return file_error("write", path, errno);
  BERTH_CHECK(write_all(fd.get(), std::as_bytes(std::span(bytes)), path));
  if (::fsync(fd.get()) != 0) return file_error("write", path, errno);
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error("write", path, errno);
  pending.placed();
  sync_folder(path);
  return {};
}

Result<FileLock> FileLock::acquire(const std::string& path, std::chrono::milliseconds limit,
                                   const Cancellation& cancellation) {
  BERTH_CHECK(make_parents(path));
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return file_error("lock", path, errno);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return file_error("lock", path, errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return Error(ErrorClass::stall, "lock.timeout", "another process keeps \"" + path + "\" locked")
          .cause("waited " + std::to_string(limit.count()) + " ms");
    // flock cannot be waited for together with anything else: a short wait that cancellation ends.
    pollfd wait{cancellation.fd(), POLLIN, 0};
    ::poll(&wait, 1, 5);
    if (cancellation.requested()) return cancellation.error();
  }
  return FileLock(std::move(fd));
}

Result<UniqueFd> unlinked_file(const std::string& folder) {
  std::string where = folder;
  if (where.empty()) {
    const char* chosen = std::getenv("TMPDIR");
    where = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
  }
  UniqueFd fd(::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  std::string name = where + "/berth-XXXXXX";
  fd = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return file_error("make a temporary file in", where, errno);
  ::unlink(name.c_str());
  return fd;
}

}  // namespace berth::base
