#include "push/checked_record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include <boost/filesystem.hpp>

#include "base/file_io.hpp"
#include "base/file_trust.hpp"
#include "oci/hasher.hpp"

namespace berth::push {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kMaxRecordSize = std::size_t{1} << 20U;
constexpr std::string_view kChecksum = "sha256 ";

// Of the format, in the first line.
constexpr unsigned kVersion = 1;

std::string first_line(std::string_view kind) { return fmt::format("berth {} {}", kind, kVersion); }

std::string checksum_of(std::string_view text) { return std::string(oci::digest_of(text).hex()); }

// Deletes the oldest of too many records. Deletes only this user's regular files in the directory
// itself.
void make_room(const fs::path& directory, std::size_t most) {
  std::vector<std::pair<std::time_t, fs::path>> records;
  boost::system::error_code error;
  if (fs::symlink_status(directory, error).type() != fs::directory_file) return;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    struct stat status {};
    if (::lstat(it->path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_uid == ::geteuid())
      records.emplace_back(status.st_mtime, it->path());
  }
  if (records.size() < most) return;
  std::sort(records.begin(), records.end());
  for (std::size_t i = 0; i <= records.size() - most; ++i) fs::remove(records[i].second, error);
}

// Returns the lines of a file whose checksum is right, of any kind and version.
std::optional<std::vector<std::string>> read_lines(const std::string& path) {
  const platform::UniqueFd file(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      base::distrust(status))
    return std::nullopt;
  const auto read = base::read_rest(file.get(), path, kMaxRecordSize);
  if (!read) return std::nullopt;
  std::string_view text = *read;
  const auto end = text.rfind(fmt::format("\n{}", kChecksum));
  if (end == std::string_view::npos) return std::nullopt;
  const auto body = text.substr(0, end + 1);
  if (text.substr(end + 1) != fmt::format("{}{}\n", kChecksum, checksum_of(body)))
    return std::nullopt;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < body.size();) {
    const auto next = body.find('\n', at);
    lines.emplace_back(body.substr(at, next - at));
    at = next + 1;
  }
  return lines;
}

bool is_newer(const std::string& path, std::string_view kind) {
  const auto lines = read_lines(path);
  const std::string start = fmt::format("berth {} ", kind);
  if (!lines || !lines->front().starts_with(start)) return false;
  const auto number = std::string_view(lines->front()).substr(start.size());
  unsigned version = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), version);
  return parsed.ec == std::errc() && version > kVersion;
}

}  // namespace

std::optional<std::vector<std::string>> read_record(const std::string& path,
                                                    std::string_view kind) {
  auto lines = read_lines(path);
  if (!lines || lines->front() != first_line(kind)) return std::nullopt;
  lines->erase(lines->begin());
  return lines;
}

bool write_record(const std::string& directory, const std::string& name, std::string_view kind,
                  const std::vector<std::string>& lines, std::size_t most) {
  std::string text = first_line(kind) + '\n';
  for (const auto& line : lines) text += line + '\n';
  text += fmt::format("{}{}\n", kChecksum, checksum_of(text));
  const std::string path = directory + "/" + name;
  if (!base::make_parents(path) || is_newer(path, kind)) return false;
  boost::system::error_code error;
  if (!fs::exists(path, error)) make_room(directory, most);
  std::string temporary = directory + "/.new-XXXXXX";
  const platform::UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return false;
  const bool written =
      base::write_all(file.get(), std::as_bytes(std::span(text)), temporary).has_value();
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return true;
  ::unlink(temporary.c_str());
  return false;
}

}  // namespace berth::push
