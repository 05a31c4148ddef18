#include "image/archive_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

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

constexpr std::size_t kPiece = std::size_t{1} << 18U;

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

base::Result<UniqueFd> spool(int fd, const std::string& name, const base::Cancellation& cancellation) {
  BERTH_TRY(UniqueFd file, base::unlinked_file());
  auto keep = [&](std::span<const std::byte> bytes) { return base::write_all(file.get(), bytes, "a temporary file"); };
  std::vector<std::byte> buffer(kPiece);
  std::optional<Inflater> inflater;
  for (bool first = true;; first = false) {
    BERTH_TRY(const auto count, read_some(fd, buffer, name, cancellation));
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

bool is_seekable_plain(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::byte magic[2];
  const auto count = base::read_at(fd, magic, 0, "");
  return count && !is_gzip(std::span(magic).first(*count));
}

Error no_such_file(const std::string& file) {
  Error error(ErrorClass::not_found, "source.no-file", "there is no file " + file);
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

}  // namespace

base::Result<std::shared_ptr<const UniqueFd>> open_archive(const std::string& file,
                                                           const base::Cancellation& cancellation) {
  const bool standard_input = file == "-";
  const std::string name = standard_input ? "standard input" : base::escape(file);
  auto opened =
      standard_input ? base::Result<UniqueFd>(UniqueFd(::fcntl(0, F_DUPFD_CLOEXEC, 3))) : base::open_for_reading(file);
  if (!opened && opened.error().error_class() == ErrorClass::not_found) return no_such_file(file);
  if (!opened) return std::move(opened).error();
  if (is_seekable_plain(opened->get())) return std::make_shared<const UniqueFd>(std::move(*opened));
  BERTH_TRY(auto spooled, spool(opened->get(), name, cancellation));
  return std::make_shared<const UniqueFd>(std::move(spooled));
}

}  // namespace berth::image
