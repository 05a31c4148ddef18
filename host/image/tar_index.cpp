#include "image/tar_index.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstring>

#include "base/escape.hpp"
#include "base/files.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::uint64_t kBlock = 512;
constexpr std::size_t kMostEntries = 200'000;
constexpr std::uint64_t kLongestExtension = 1U << 20U;

struct Header {
  std::string name;
  std::string link;
  std::uint64_t size = 0;
  char type = '0';
};

// What GNU and pax extension entries say of the entry after them.
struct Extensions {
  std::string name;
  std::string link;
  bool has_size = false;
  std::uint64_t size = 0;
};

Error not_tar(const std::string& path, std::string cause) {
  return Error(ErrorClass::integrity, "source.not-tar", path + " is not a tar archive").cause(std::move(cause));
}

std::string_view field(const std::array<char, kBlock>& block, std::size_t at, std::size_t length) {
  const std::string_view whole(block.data() + at, length);
  return whole.substr(0, whole.find('\0'));
}

std::optional<std::uint64_t> number(std::string_view raw) {
  if (!raw.empty() && (static_cast<unsigned char>(raw[0]) & 0x80U) != 0) {
    std::uint64_t value = static_cast<unsigned char>(raw[0]) & 0x7FU;
    for (const char c : raw.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  std::uint64_t value = 0;
  const auto first = raw.find_first_not_of(' ');
  if (first == std::string_view::npos) return 0;
  const auto [end, error] = std::from_chars(raw.data() + first, raw.data() + raw.size(), value, 8);
  if (error != std::errc()) return raw[first] == '\0' ? std::optional<std::uint64_t>(0) : std::nullopt;
  return value;
}

bool checksum_holds(const std::array<char, kBlock>& block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  return number({block.data() + 148, 8}) == sum;
}

std::optional<Header> parse_header(const std::array<char, kBlock>& block) {
  if (!checksum_holds(block)) return std::nullopt;
  Header header;
  const auto size = number({block.data() + 124, 12});
  if (!size) return std::nullopt;
  header.size = *size;
  header.type = block[156];
  header.name = field(block, 0, 100);
  header.link = field(block, 157, 100);
  const auto prefix = field(block, 345, 155);
  if (std::memcmp(block.data() + 257, "ustar\0", 6) == 0 && !prefix.empty())
    header.name = fmt::format("{}/{}", prefix, header.name);
  return header;
}

// "./a//b/../c" → "a/c"; what climbs out of the archive becomes a name that no entry has.
std::string normalise(std::string_view name) {
  std::vector<std::string_view> parts;
  while (!name.empty()) {
    const auto slash = std::min(name.find('/'), name.size());
    const auto part = name.substr(0, slash);
    name.remove_prefix(std::min(slash + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return "/";
      parts.pop_back();
      continue;
    }
    parts.push_back(part);
  }
  std::string result;
  for (const auto part : parts) result += (result.empty() ? "" : "/") + std::string(part);
  return result;
}

// pax: "LENGTH KEY=VALUE\n", the length counting all of it.
void apply_pax(std::string_view records, Extensions& extensions) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto key_at = static_cast<std::size_t>(end - records.data()) + 1;
    if (error != std::errc() || length > records.size() || length < key_at + 2) return;
    const auto record = records.substr(key_at, length - key_at - 1);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return;
    const auto key = record.substr(0, equals);
    const auto value = record.substr(equals + 1);
    if (key == "path") extensions.name = value;
    if (key == "linkpath") extensions.link = value;
    if (key == "size")
      extensions.has_size =
          std::from_chars(value.data(), value.data() + value.size(), extensions.size).ec == std::errc();
    records.remove_prefix(length);
  }
}

std::string without_trailing_nul(std::string text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

bool is_extension(char type) { return type == 'L' || type == 'K' || type == 'x' || type == 'g'; }

void apply_extension(char type, const std::string& text, Extensions& extensions) {
  if (type == 'L') extensions.name = without_trailing_nul(text);
  if (type == 'K') extensions.link = without_trailing_nul(text);
  if (type == 'x') apply_pax(text, extensions);
}

Error truncated(const std::string& path, std::string cause) {
  return Error(ErrorClass::integrity, "source.truncated", path + " ends too early").cause(std::move(cause));
}

}  // namespace

base::Result<TarIndex> TarIndex::read(std::shared_ptr<const base::UniqueFd> file, const std::string& path) {
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return base::file_error("read", path, errno);
  const auto total = static_cast<std::uint64_t>(status.st_size);
  TarIndex index;
  index.file_ = std::move(file);
  index.path_ = path;
  Extensions extensions;
  std::array<char, kBlock> block{};
  for (std::uint64_t at = 0; at < total;) {
    BERTH_TRY(const auto count, base::read_at(index.file_->get(), std::as_writable_bytes(std::span(block)), at, path));
    if (count < kBlock) break;
    if (block == std::array<char, kBlock>{}) return index;
    auto header = parse_header(block);
    if (!header) return not_tar(path, fmt::format("no entry header at byte {}", at));
    if (extensions.has_size) header->size = extensions.size;
    const std::uint64_t data = at + kBlock;
    if (header->size > total || data + header->size > total)
      return truncated(path, fmt::format("entry {} of {} bytes begins at byte {} of {}", base::quote(header->name),
                                         header->size, data, total));
    at = data + (header->size + kBlock - 1) / kBlock * kBlock;
    if (is_extension(header->type)) {
      BERTH_TRY(const auto text, read_extent({index.file_, path, data, header->size}, kLongestExtension));
      apply_extension(header->type, text, extensions);
      continue;
    }
    if (index.entries_.size() == kMostEntries) return not_tar(path, "it has too many entries to be an image");
    index.add(header->type, extensions.name.empty() ? header->name : extensions.name,
              extensions.link.empty() ? header->link : extensions.link, data, header->size);
    extensions = Extensions();
  }
  if (index.entries_.empty()) return not_tar(path, "it holds no entry");
  return truncated(path, "the end of the archive is missing");
}

void TarIndex::add(char type, const std::string& raw_name, const std::string& link, std::uint64_t offset,
                   std::uint64_t size) {
  const std::string name = normalise(raw_name);
  const auto folder = name.rfind('/');
  switch (type) {
    case '0':
    case '\0':
    case '7':
      entries_.insert_or_assign(name, Entry{offset, size, {}});
      return;
    case '1':
      entries_.insert_or_assign(name, Entry{offset, size, normalise(link)});
      return;
    case '2':
      entries_.insert_or_assign(
          name, Entry{offset, size, normalise(folder == std::string::npos ? link : name.substr(0, folder + 1) + link)});
      return;
    default:
      return;  // folders, devices
  }
}

std::optional<Extent> TarIndex::find(std::string_view name) const {
  std::string at = normalise(name);
  for (int links = 0; links < 8; ++links) {
    const auto entry = entries_.find(at);
    if (entry == entries_.end()) return std::nullopt;
    if (entry->second.link.empty()) return Extent{file_, path_, entry->second.offset, entry->second.size};
    at = entry->second.link;
  }
  return std::nullopt;
}

base::Result<Extent> TarIndex::get(std::string_view name) const {
  auto extent = find(name);
  if (!extent)
    return Error(ErrorClass::integrity, "source.missing", fmt::format("{} lacks {}", path_, base::quote(name)));
  return *extent;
}

}  // namespace berth::image
