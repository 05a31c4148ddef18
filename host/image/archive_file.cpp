#include "image/archive_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/filesystem.hpp>
#include <charconv>
#include <vector>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/near_miss.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
using platform::UniqueFd;

constexpr std::size_t kSpoolPiece = std::size_t{1} << 18U;

// Reads a descriptor from its current offset. Waiting for a pipe can be cancelled.
class DescriptorStream final : public http::BodySource {
 public:
  DescriptorStream(const UniqueFd& fd, std::string name, const base::Cancellation& cancellation)
      : fd_(fd), name_(std::move(name)), cancellation_(cancellation) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    pollfd waits[2] = {{fd_.get(), POLLIN, 0}, {cancellation_.fd(), POLLIN, 0}};
    while (true) {
      if (::poll(waits, 2, -1) < 0 && errno != EINTR) return base::file_error("read", name_, errno);
      if (cancellation_.requested()) return cancellation_.error();
      const auto count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR && errno != EAGAIN) return base::file_error("read", name_, errno);
    }
  }
  bool rewind() override { return false; }

 private:
  const UniqueFd& fd_;
  std::string name_;
  const base::Cancellation& cancellation_;
};

Error empty_archive(const std::string& name, bool standard_input) {
  return Error(ErrorClass::usage, "source.empty-file", name + " is empty")
      .fix(standard_input ? "check the command before the pipe: it wrote nothing" : "");
}

base::Result<ArchiveFile> spool(const UniqueFd& fd, const ArchiveInput& input,
                                const SourceContext& context) {
  BERTH_TRY(const auto limit, spool_limit(context));
  BERTH_TRY(const auto stream,
            decompress_all(std::make_unique<DescriptorStream>(fd, input.name, context.cancellation),
                           input));
  BERTH_TRY(auto file, Spool::create(input.name, limit));
  ArchiveFile archive{nullptr, input.name};
  std::vector<std::byte> buffer(kSpoolPiece);
  bool empty = true;
  while (true) {
    const auto count = stream->read(buffer);
    if (!count && count.error().code() == "source.truncated" && !empty)
      archive.truncated = count.error().cause();
    if (!count && !archive.truncated) return count.error().clone();
    if (!count || *count == 0) break;
    empty = false;
    BERTH_CHECK(file.write(std::span(buffer).first(*count)));
  }
  if (empty) return empty_archive(input.name, input.file.empty());
  archive.file = std::make_shared<const UniqueFd>(file.take());
  return archive;
}

// Returns whether the file can be read in place. If it was read before, its data starts at its
// current offset.
base::Result<bool> is_seekable_tar(const UniqueFd& fd, const ArchiveInput& input) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      ::lseek(fd.get(), 0, SEEK_CUR) != 0)
    return false;
  std::array<std::byte, kMagicSize> head{};
  BERTH_TRY(const auto count, base::read_at(fd.get(), head, 0, input.name));
  if (count == 0) return empty_archive(input.name, input.file.empty());
  const auto bytes = std::span(head).first(count);
  return !detect_compression(bytes) && !detect_unsupported(bytes);
}

// Does not wait for a pipe's writer: DescriptorStream waits, and can be cancelled.
base::Result<UniqueFd> open_file(const std::string& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENOENT) return missing_path("file", file);
  if (!fd) return base::file_error("open", file, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return base::file_error("open", file, errno);
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) return fd;
  return Error(ErrorClass::disk, "file.special", "cannot read " + base::escape(file))
      .cause("it is not a regular file or a pipe");
}

base::Result<UniqueFd> open_standard_input(std::string_view transport) {
  if (::isatty(0) != 0)
    return Error(ErrorClass::usage, "source.terminal",
                 "standard input is a terminal, not an archive")
        .fix(fmt::format("docker save NAME | berth push {}:- DESTINATION", transport));
  UniqueFd fd(::fcntl(0, F_DUPFD_CLOEXEC, 3));
  if (!fd) return base::file_error("read", "standard input", errno);
  return fd;
}

}  // namespace

Error missing_path(const std::string& kind, const std::string& file) {
  const char* code = kind == "file" ? "source.no-file" : "source.no-folder";
  Error error(ErrorClass::not_found, code,
              fmt::format("{} {} not found", kind, base::escape(file)));
  const boost::filesystem::path path(file);
  std::vector<std::string> names;
  boost::system::error_code ignored;
  const auto parent = path.has_parent_path() ? path.parent_path() : boost::filesystem::path(".");
  for (boost::filesystem::directory_iterator it(parent, ignored), end;
       !ignored && it != end && names.size() < 1000; it.increment(ignored))
    names.push_back(it->path().filename().string());
  const auto near = base::near_miss(path.filename().string(), names);
  if (!near) return error;
  return std::move(error).fix("did you mean " + (path.parent_path() / *near).string() + "?");
}

base::Result<std::optional<std::uint64_t>> spool_limit(const SourceContext& context) {
  const auto text = context.environment("BERTH_SPOOL_LIMIT");
  if (!text || text->empty()) return std::optional<std::uint64_t>();
  std::uint64_t limit = 0;
  const char* last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, limit);
  if (error == std::errc() && end == last) return std::optional(limit);
  return Error(ErrorClass::usage, "usage.spool-limit",
               "invalid BERTH_SPOOL_LIMIT " + base::quote(*text))
      .cause("expected a number of bytes");
}

base::Result<Spool> Spool::create(std::string name, std::optional<std::uint64_t> limit) {
  BERTH_TRY(UniqueFd file, base::unlinked_file());
  return Spool(std::move(file), std::move(name), limit);
}

base::Result<void> Spool::write(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  const std::string failed = fmt::format("cannot store {} in a temporary file", name_);
  if (limit_ && size_ > *limit_)
    return Error(ErrorClass::disk, "source.spool", failed)
        .cause(fmt::format("it has more than {} bytes, the limit in BERTH_SPOOL_LIMIT", *limit_))
        .fix("increase BERTH_SPOOL_LIMIT");
  auto written = base::write_all(file_.get(), bytes, name_);
  if (written) return written;
  return Error(ErrorClass::disk, "source.spool", failed)
      .cause(written.error().cause())
      .fix("set TMPDIR to a directory with more free space");
}

void Spool::restart() {
  if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0)
    std::abort();  // invalid descriptor
  size_ = 0;
}

base::Result<ArchiveFile> open_archive(const std::string& file, std::string_view transport,
                                       const SourceContext& context) {
  const bool standard_input = file == "-";
  const ArchiveInput input{standard_input ? "standard input" : base::escape(file),
                           standard_input ? "" : file, std::string(transport)};
  BERTH_TRY(auto opened, standard_input ? open_standard_input(transport) : open_file(file));
  BERTH_TRY(const bool in_place, is_seekable_tar(opened, input));
  if (in_place) return ArchiveFile{std::make_shared<const UniqueFd>(std::move(opened)), input.name};
  return spool(opened, input, context);
}

}  // namespace berth::image
