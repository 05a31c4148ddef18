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
constexpr std::size_t kMostEntries = 50'000;
constexpr std::size_t kMostHeaders = 100'000;  // entries, what extends them, and what replaces them
constexpr std::size_t kMostNameBytes = std::size_t{16} << 20U;
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
  std::optional<std::uint64_t> size;
  bool sparse = false;
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

// "./a//b/../c" → "a/c"; what climbs out of the archive becomes "/", a name that no entry has.
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

bool apply_pax_record(std::string_view key, std::string_view value, Extensions& extensions) {
  if (key == "path") extensions.name = value;
  if (key == "linkpath") extensions.link = value;
  if (key.starts_with("GNU.sparse.")) extensions.sparse = true;
  if (key != "size") return true;
  const char* last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, extensions.size.emplace());
  return error == std::errc() && end == last;
}

// pax: "LENGTH KEY=VALUE\n", the length counting all of it. False: broken.
bool apply_pax(std::string_view records, Extensions& extensions) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto key_at = static_cast<std::size_t>(end - records.data()) + 1;
    if (error != std::errc() || length > records.size() || length < key_at + 2) return false;
    const auto record = records.substr(key_at, length - key_at - 1);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    if (!apply_pax_record(record.substr(0, equals), record.substr(equals + 1), extensions)) return false;
    records.remove_prefix(length);
  }
  return true;
}

std::string without_trailing_nul(std::string text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

bool is_extension(char type) { return type == 'L' || type == 'K' || type == 'x' || type == 'g'; }

// Links, folders, devices and pipes have no data here, whatever their header says.
bool has_data(char type) { return type < '1' || type > '6'; }

// False: broken. A global pax header ('g') says nothing that matters here.
bool apply_extension(char type, const std::string& text, Extensions& extensions) {
  if (type == 'L') extensions.name = without_trailing_nul(text);
  if (type == 'K') extensions.link = without_trailing_nul(text);
  return type != 'x' || apply_pax(text, extensions);
}

Error sparse(const std::string& path, const std::string& name) {
  return Error(ErrorClass::integrity, "source.sparse", path + " holds a sparse entry")
      .cause(fmt::format("entry {}", base::quote(name)))
      .fix("make the archive without tar's --sparse");
}

Error too_many(const std::string& path) { return not_tar(path, "it has too many entries to be an image"); }

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
  std::size_t headers = 0;
  for (std::uint64_t at = 0; at < total;) {
    if (++headers > kMostHeaders) return too_many(path);
    BERTH_TRY(const auto count, base::read_at(index.file_->get(), std::as_writable_bytes(std::span(block)), at, path));
    if (count < kBlock) break;
    if (block == std::array<char, kBlock>{}) return index;
    auto header = parse_header(block);
    if (!header) return not_tar(path, fmt::format("no entry header at byte {}", at));
    const bool extension = is_extension(header->type);
    if (extensions.size && !extension) header->size = *extensions.size;
    if (!has_data(header->type)) header->size = 0;
    const std::uint64_t data = at + kBlock;
    if (header->size > total || data + header->size > total)
      return truncated(path, fmt::format("entry {} of {} bytes begins at byte {} of {}", base::quote(header->name),
                                         header->size, data, total));
    at = data + (header->size + kBlock - 1) / kBlock * kBlock;
    if (extension) {
      BERTH_TRY(const auto text, read_extent({index.file_, path, data, header->size}, kLongestExtension));
      if (!apply_extension(header->type, text, extensions))
        return not_tar(path, fmt::format("a broken pax header at byte {}", data));
      continue;
    }
    const auto& name = extensions.name.empty() ? header->name : extensions.name;
    if (extensions.sparse || header->type == 'S') return sparse(path, name);
    if (!index.add(header->type, name, extensions.link.empty() ? header->link : extensions.link, data, header->size))
      return too_many(path);
    extensions = Extensions();
  }
  if (index.entries_.empty()) return not_tar(path, "it holds no entry");
  return truncated(path, "the end of the archive is missing");
}

bool TarIndex::add(char type, const std::string& raw_name, const std::string& link, std::uint64_t offset,
                   std::uint64_t size) {
  const std::string name = normalise(raw_name);
  if (name.empty() || name == "/") return true;  // nobody can ask for it
  Entry entry{offset, size, {}};
  if (type == '1') entry.link = normalise(link);
  if (type == '2') entry.link = link.starts_with('/') ? "/" : normalise(name.substr(0, name.rfind('/') + 1) + link);
  if (type >= '3' && type <= '6') return true;  // folders, devices, pipes
  name_bytes_ += name.size() + entry.link.value_or("").size();
  entries_.insert_or_assign(name, std::move(entry));
  return entries_.size() <= kMostEntries && name_bytes_ <= kMostNameBytes;
}

std::optional<Extent> TarIndex::find(std::string_view name) const {
  std::string at = normalise(name);
  for (int links = 0; links < 8; ++links) {
    const auto entry = entries_.find(at);
    if (entry == entries_.end()) return std::nullopt;
    if (!entry->second.link) return Extent{file_, path_, entry->second.offset, entry->second.size};
    at = *entry->second.link;
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
