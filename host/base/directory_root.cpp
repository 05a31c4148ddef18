#include "base/directory_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <random>
#include <utility>
#include <vector>

#include "base/file_io.hpp"
#include "platform/open_file.hpp"

namespace berth::base {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's limit

// Returns the parts of a path, in reverse order.
std::vector<std::string> reversed_parts(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (const auto part = path.substr(begin, end - begin); !part.empty() && part != ".")
      parts.emplace_back(part);
    begin = end + 1;
  }
  return {parts.rbegin(), parts.rend()};
}

// Resolves one path. Every step is openat(2) without following links.
class Walk {
 public:
  Walk(int root, std::string_view name, const std::string& place)
      : root_(root), place_(place + "/" + std::string(name)), left_(reversed_parts(name)) {}

  // whether to create missing directories
  bool creates = false;

  Result<platform::UniqueFd> to_the_end(int flags) {
    while (!left_.empty()) {
      const std::string part = std::move(left_.back());
      left_.pop_back();
      if (part == "..") {
        if (entered_.empty()) return outside();
        entered_.pop_back();
        continue;
      }
      const bool is_last = left_.empty();
      std::error_code error;
      auto fd =
          is_last
              ? open_or_create(
                    part, [&] { return open_last(part, flags, error); }, error)
              : open_or_create(
                    part, [&] { return platform::open_directory_at(here(), part, error); }, error);
      if (fd && is_last) return fd;
      if (fd) {
        entered_.push_back(std::move(fd));
        continue;
      }
      BERTH_CHECK(follow(part, error));
    }
    std::error_code error;
    return open_last(".", flags, error);  // a link to a directory that was already passed
  }

 private:
  [[nodiscard]] int here() const { return entered_.empty() ? root_ : entered_.back().get(); }

  [[nodiscard]] platform::UniqueFd open_last(const std::string& part, int flags,
                                             std::error_code& error) const {
    constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    platform::UniqueFd fd(::openat(here(), part.c_str(), flags | kAlways));
    if (!fd) error.assign(errno, std::generic_category());
    return fd;
  }

  // Calls `open`; if that finds nothing and missing directories are created, creates `part` and
  // calls it again.
  template <typename Open>
  [[nodiscard]] platform::UniqueFd open_or_create(const std::string& part, const Open& open,
                                                  std::error_code& error) const {
    platform::UniqueFd fd = open();
    if (fd || error != std::errc::no_such_file_or_directory || !creates) return fd;
    if (::mkdirat(here(), part.c_str(), 0777) == 0 || errno == EEXIST) return open();
    error.assign(errno, std::generic_category());
    return fd;
  }

  // Replaces the link `part` by its target. Fails with `error` if it is not a link.
  Result<void> follow(const std::string& part, const std::error_code& error) {
    std::array<char, PATH_MAX> target{};
    const auto size = ::readlinkat(here(), part.c_str(), target.data(), target.size());
    if (size < 0) return file_error("open", place_, error.value());
    if (++links_ > kMaxLinks) return file_error("open", place_, ELOOP);
    const std::string_view text(target.data(), static_cast<std::size_t>(size));
    if (text.starts_with('/')) return outside();
    for (auto& step : reversed_parts(text)) left_.push_back(std::move(step));
    return {};
  }

  [[nodiscard]] Error outside() const {
    return Error(ErrorClass::disk, "file.outside",
                 place_ + " is a symbolic link out of its directory");
  }

  int root_;
  std::string place_;
  std::vector<std::string> left_;  // the next part is the last
  std::vector<platform::UniqueFd> entered_;
  int links_ = 0;
};

std::string random_name() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::string name = ".partial-";
  for (int i = 0; i < 16; ++i) name += kLetters[random() % kLetters.size()];
  return name;
}

}  // namespace

Result<DirectoryRoot> DirectoryRoot::open(const std::string& path) {
  std::error_code error;
  auto fd = platform::open_directory(path, error);
  if (error) return file_error("open", path, error.value());
  return DirectoryRoot(path, std::move(fd));
}

Result<platform::UniqueFd> DirectoryRoot::open_for_reading(std::string_view name) const {
  BERTH_TRY(platform::UniqueFd fd, Walk(fd_.get(), name, path_).to_the_end(O_RDONLY));
  BERTH_CHECK(check_readable(fd.get(), path_ + "/" + std::string(name)));
  return fd;
}

Result<platform::UniqueFd> DirectoryRoot::make_directories(std::string_view name) const {
  Walk walk(fd_.get(), name, path_);
  walk.creates = true;
  return walk.to_the_end(O_RDONLY | O_DIRECTORY);
}

Result<PartialFile> PartialFile::create(int directory, std::string place) {
  PartialFile file(directory, std::move(place));
  do {
    file.name_ = random_name();
    file.fd_ = platform::UniqueFd(::openat(
        directory, file.name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  } while (!file.fd_ && errno == EEXIST);
  if (file.fd_) return file;
  file.name_.clear();
  return file_error("write into", file.place_, errno);
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : directory_(other.directory_),
      place_(std::move(other.place_)),
      name_(std::exchange(other.name_, {})),
      fd_(std::move(other.fd_)) {}

PartialFile::~PartialFile() {
  if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
}

Result<void> PartialFile::write(std::span<const std::byte> bytes) {
  return write_all(fd_.get(), bytes, place_);
}

Result<void> PartialFile::keep_as(const std::string& name, mode_t mode) {
  if (::fchmod(fd_.get(), mode) != 0 || ::fdatasync(fd_.get()) != 0 ||
      ::renameat(directory_, name_.c_str(), directory_, name.c_str()) != 0)
    return file_error("write", place_ + "/" + name, errno);
  name_.clear();
  return {};
}

}  // namespace berth::base
