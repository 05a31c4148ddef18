#include "image/archive_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <vector>

#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/near_miss.hpp"
#include "image/inflater.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
using base::UniqueFd;

constexpr std::size_t kSpoolPiece = std::size_t{1} << 18U;

base::Result<std::size_t> read_some(int fd, std::span<std::byte> buffer, const std::string& name,
                                    const base::Cancellation& cancellation) {
  pollfd waits[2] = {{fd, POLLIN, 0}, {cancellation.fd(), POLLIN, 0}};
  while (true) {
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return base::file_error("read", name, errno);
    if (cancellation.requested()) return cancellation.error();
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return base::file_error("read", name, errno);
  }
}

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

// Until the buffer is full or the end is reached.
base::Result<std::size_t> read_full(int fd, std::span<std::byte> buffer, const std::string& name,
                                    const base::Cancellation& cancellation) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    BERTH_TRY(const auto count, read_some(fd, buffer.subspan(filled), name, cancellation));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

base::Result<UniqueFd> spool(int fd, const std::string& name, const base::Cancellation& cancellation) {
  BERTH_TRY(UniqueFd file, base::unlinked_file());
  auto keep = [&](std::span<const std::byte> bytes) -> base::Result<void> {
    auto written = base::write_all(file.get(), bytes, name);
    if (written) return written;
    return Error(ErrorClass::disk, "source.spool", "cannot keep " + name + " in a temporary file")
        .cause(written.error().cause())
        .fix("set TMPDIR to a folder with more space");
  };
  std::vector<std::byte> buffer(kSpoolPiece);
  std::optional<Inflater> inflater;
  for (bool first = true;; first = false) {
    BERTH_TRY(const auto count, read_full(fd, buffer, name, cancellation));
    if (count == 0) break;
    const auto bytes = std::span(buffer).first(count);
    if (first && is_gzip(bytes)) inflater.emplace();
    if (!inflater) {
      BERTH_CHECK(keep(bytes));
      continue;
    }
    BERTH_CHECK(inflater->feed(bytes, name, keep));
  }
  if (inflater && !inflater->complete())
    return Error(ErrorClass::integrity, "source.truncated", name + " ends too early")
        .cause("its gzip stream is not complete");
  return file;
}

// A file that somebody has begun to read is taken from where it stands.
bool is_seekable_plain(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || ::lseek(fd, 0, SEEK_CUR) != 0) return false;
  std::byte magic[2];
  const auto count = base::read_at(fd, magic, 0, "");
  return count && !is_gzip(std::span(magic).first(*count));
}

}  // namespace

Error missing_path(const std::string& kind, const std::string& file) {
  Error error(ErrorClass::not_found, "source.no-" + kind, fmt::format("there is no {} {}", kind, base::escape(file)));
  const boost::filesystem::path path(file);
  std::vector<std::string> names;
  boost::system::error_code ignored;
  const auto folder = path.has_parent_path() ? path.parent_path() : boost::filesystem::path(".");
  for (boost::filesystem::directory_iterator it(folder, ignored), end; !ignored && it != end && names.size() < 1000;
       it.increment(ignored))
    names.push_back(it->path().filename().string());
  const auto near = base::near_miss(path.filename().string(), names);
  if (!near) return error;
  return std::move(error).fix("did you mean " + (path.parent_path() / *near).string() + "?");
}

namespace {

// Without waiting for a pipe's writer: read_some() does that, and can be cancelled.
base::Result<UniqueFd> open_file(const std::string& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENOENT) return missing_path("file", file);
  if (!fd) return base::file_error("open", file, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return base::file_error("open", file, errno);
  if (S_ISDIR(status.st_mode))
    return Error(ErrorClass::disk, "source.folder", base::escape(file) + " is a folder, not an archive")
        .fix("write oci:" + file);
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) return fd;
  return Error(ErrorClass::disk, "file.special", "cannot read " + base::escape(file)).cause("it is no file");
}

base::Result<UniqueFd> open_standard_input() {
  if (::isatty(0) != 0)
    return Error(ErrorClass::usage, "source.terminal", "standard input is a terminal, not an archive")
        .fix("docker save NAME | berth push docker-archive:- DESTINATION");
  UniqueFd fd(::fcntl(0, F_DUPFD_CLOEXEC, 3));
  if (!fd) return base::file_error("read", "standard input", errno);
  return fd;
}

}  // namespace

base::Result<std::shared_ptr<const UniqueFd>> open_archive(const std::string& file,
                                                           const base::Cancellation& cancellation) {
  const bool standard_input = file == "-";
  const std::string name = standard_input ? "standard input" : base::escape(file);
  BERTH_TRY(auto opened, standard_input ? open_standard_input() : open_file(file));
  if (is_seekable_plain(opened.get())) return std::make_shared<const UniqueFd>(std::move(opened));
  BERTH_TRY(auto spooled, spool(opened.get(), name, cancellation));
  return std::make_shared<const UniqueFd>(std::move(spooled));
}

}  // namespace berth::image
