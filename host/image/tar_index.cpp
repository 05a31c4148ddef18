#include "image/tar_index.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/escape.hpp"
#include "base/file_io.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxEntries = 50'000;
constexpr std::size_t kMaxHeaders =
    100'000;  // entries, their extensions, and entries that replace others
constexpr std::size_t kMaxNameBytes = std::size_t{16} << 20U;
constexpr std::size_t kMaxRegions = 1U << 20U;
constexpr std::uint64_t kMaxExtension = 1U << 20U;
constexpr int kMaxLinks = 40;
constexpr std::size_t kMaxPath = 4096;  // of a name to find; PATH_MAX of Linux

constexpr const char* kTruncated = "{} is truncated";
constexpr const char* kNotTar = "{} is not a tar archive";
constexpr const char* kDamaged = "{} is a damaged tar archive";
constexpr const char* kTooMany = "{} has too many entries to be an image";

// "./a//b/../c" → "a/c". ".." at the root stays at the root, as in a chroot.
std::string normalise(std::string_view name) {
  std::vector<std::string_view> parts;
  while (!name.empty()) {
    const auto slash = std::min(name.find('/'), name.size());
    const auto part = name.substr(0, slash);
    name.remove_prefix(std::min(slash + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string result;
  for (const auto part : parts) result += (result.empty() ? "" : "/") + std::string(part);
  return result;
}

// Returns whether an entry's name leads out of the archive, which no file of an image does.
bool leaves_archive(std::string_view name) {
  int depth = 0;
  while (!name.empty()) {
    const auto slash = std::min(name.find('/'), name.size());
    const auto part = name.substr(0, slash);
    name.remove_prefix(std::min(slash + 1, name.size()));
    if (part.empty() || part == ".") continue;
    depth += part == ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

std::string symbolic_target(const std::string& name, const std::string& link) {
  return normalise(link.starts_with('/') ? link : name.substr(0, name.rfind('/') + 1) + link);
}

}  // namespace

struct TarIndex::Cursor {
  std::uint64_t total;
  std::uint64_t at = 0;
  std::size_t headers = 0;
  TarExtensions extensions{};
};

base::Result<TarIndex> TarIndex::read(std::shared_ptr<const platform::UniqueFd> file,
                                      const std::string& path,
                                      const std::optional<std::string>& truncated) {
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return base::file_error("read", path, errno);
  TarIndex index;
  index.file_ = std::move(file);
  index.path_ = path;
  index.version_ = platform::version_of(*index.file_);
  if (index.version_ && !platform::is_settled(*index.file_, *index.version_))
    index.version_.reset();
  Cursor cursor{static_cast<std::uint64_t>(status.st_size)};
  for (bool more = true; more;) {
    BERTH_TRY(more, index.read_entry(cursor));
  }
  if (index.problem_ && truncated)
    index.stop(ErrorClass::integrity, "source.truncated", kTruncated, *truncated);
  if (index.entries_.empty() && index.problem_) return *index.problem();
  return index;
}

base::Result<bool> TarIndex::read_entry(Cursor& cursor) {
  if (++cursor.headers > kMaxHeaders)
    return stop(ErrorClass::usage, "source.not-tar", kTooMany, "");
  TarBlock block{};
  BERTH_TRY(const auto count, base::read_at(file_->get(), std::as_writable_bytes(std::span(block)),
                                            cursor.at, path_));
  const bool never_was_tar = cursor.at == 0 && !has_tar_magic(block);
  if (count < kTarBlock && !never_was_tar)
    return stop(ErrorClass::integrity, "source.truncated", kTruncated,
                "the end of the archive is missing");
  if (count == kTarBlock && block == TarBlock{}) return false;
  auto header = parse_tar_header(block);
  if (!header)
    return stop(never_was_tar ? ErrorClass::usage : ErrorClass::integrity, "source.not-tar",
                never_was_tar ? kNotTar : kDamaged,
                fmt::format("no entry header at byte {}", cursor.at));
  const bool extension = header->is_extension();
  auto& extensions = cursor.extensions;
  if (extensions.size && !extension) header->size = *extensions.size;
  if (!header->has_data()) header->size = 0;
  Entry entry{cursor.at + kTarBlock, header->size};
  if (auto read = read_old_sparse(block, *header, entry); !read) {
    if (read.error().code() != "source.truncated") return std::move(read).error();
    return stop(ErrorClass::integrity, "source.truncated", kTruncated, read.error().cause());
  }
  const auto data = entry.offset;
  const auto& name = extensions.name.empty() || extension ? header->name : extensions.name;
  if (header->size > cursor.total || data + header->size > cursor.total) {
    entries_.erase(normalise(name));  // an older entry of that name is another file
    return stop(ErrorClass::integrity, "source.truncated", kTruncated,
                fmt::format("entry {} of {} bytes begins at byte {} of {}", base::quote(name),
                            header->size, data, cursor.total));
  }
  cursor.at = data + (header->size + kTarBlock - 1) / kTarBlock * kTarBlock;
  if (extension) return read_extension({cursor.total, data}, *header, extensions);
  BERTH_CHECK(read_pax_sparse(extensions.sparse, entry));
  if (!add(*header, extensions, std::move(entry)))
    return stop(ErrorClass::usage, "source.not-tar", kTooMany, "");
  extensions = TarExtensions();
  return true;
}

base::Result<bool> TarIndex::read_extension(const Cursor& cursor, const TarHeader& header,
                                            TarExtensions& extensions) {
  const Extent extent{file_, path_, cursor.at, header.size};
  if (header.size > kMaxExtension)
    return stop(ErrorClass::integrity, "source.too-large", kDamaged,
                fmt::format("an extension header of {} bytes", header.size));
  BERTH_TRY(const auto data, read_extent(extent, kMaxExtension));
  if (extensions.apply(header.type, data)) return true;
  return stop(ErrorClass::integrity, "source.not-tar", kDamaged,
              fmt::format("a malformed pax header at byte {}", cursor.at));
}

bool TarIndex::stop(ErrorClass error_class, const char* code, const char* message,
                    std::string cause) {
  problem_ =
      Problem{error_class, code, fmt::format(fmt::runtime(message), path_), std::move(cause)};
  return false;
}

std::optional<Error> TarIndex::problem() const {
  if (!problem_) return std::nullopt;
  return Error(problem_->error_class, problem_->code, problem_->message).cause(problem_->cause);
}

base::Result<void> TarIndex::read_old_sparse(const TarBlock& block, const TarHeader& header,
                                             Entry& entry) {
  if (header.type != 'S') return {};
  BERTH_TRY(auto sparse, read_gnu_sparse({file_, path_, 0, 0}, entry.offset, block, header.size));
  set_sparse(std::move(sparse), entry);
  return {};
}

base::Result<void> TarIndex::read_pax_sparse(const SparseRecords& records, Entry& entry) {
  if (!records.present || entry.sparse) return {};
  BERTH_TRY(auto sparse,
            image::read_pax_sparse({file_, path_, 0, 0}, entry.offset, entry.size, records));
  set_sparse(std::move(sparse), entry);
  return {};
}

void TarIndex::set_sparse(SparseEntry sparse, Entry& entry) {
  entry.sparse = true;
  entry.offset = sparse.stored_at;
  if (!sparse.map) return;
  regions_ += sparse.map->region_count();
  if (regions_ <= kMaxRegions)
    entry.map = std::make_shared<const SparseMap>(*std::move(sparse.map));
}

bool TarIndex::add(const TarHeader& header, const TarExtensions& extensions, Entry entry) {
  const auto& raw_name = extensions.name.empty() ? header.name : extensions.name;
  const auto& link = extensions.link.empty() ? header.link : extensions.link;
  const std::string name = normalise(raw_name);
  if (name.empty() || leaves_archive(raw_name)) return true;
  if (header.type >= '3' && header.type <= '6') return true;  // directories, devices, pipes
  entry.symbolic = header.type == '2';
  if (header.type == '1') entry.link = normalise(link);
  if (entry.symbolic) entry.link = symbolic_target(name, link);
  // GNU tar stores a file that was named twice as a link to itself.
  if (header.type == '1' && entry.link == name) return true;
  name_bytes_ += name.size() + entry.link.value_or("").size();
  entries_.insert_or_assign(name, std::move(entry));
  return entries_.size() <= kMaxEntries && name_bytes_ <= kMaxNameBytes;
}

// Replaces `name`, or the part of it that is a link to a directory, by the link's target. Returns
// false without a link.
bool TarIndex::follow_link(std::string& name) const {
  if (const auto entry = entries_.find(name); entry != entries_.end()) {
    if (!entry->second.link) return false;
    name = std::string(*entry->second.link);
    return true;
  }
  for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const auto entry = entries_.find(std::string_view(name).substr(0, slash));
    if (entry == entries_.end() || !entry->second.symbolic) continue;
    name = normalise(*entry->second.link + name.substr(slash));
    return true;
  }
  return false;
}

const TarIndex::Entry* TarIndex::resolve(std::string_view name) const {
  std::string at = normalise(name);
  if (at.size() > kMaxPath) return nullptr;
  for (int links = 0; follow_link(at); ++links)
    if (links == kMaxLinks || at.size() > kMaxPath) return nullptr;
  const auto entry = entries_.find(at);
  return entry != entries_.end() ? &entry->second : nullptr;
}

std::optional<Extent> TarIndex::find(std::string_view name) const {
  const auto* entry = resolve(name);
  if (entry == nullptr || (entry->sparse && !entry->map)) return std::nullopt;
  Extent extent{file_, path_, entry->offset, entry->size};
  if (entry->map) extent.size = entry->map->file_size();
  extent.sparse = entry->map;
  return extent;
}

base::Result<Extent> TarIndex::get(std::string_view name) const {
  if (auto extent = find(name)) return *std::move(extent);
  if (resolve(name) != nullptr)
    return Error(ErrorClass::integrity, "source.sparse", path_ + " has a malformed sparse entry")
        .cause(fmt::format("entry {}: the map of its data is malformed", base::quote(name)))
        .fix("create the archive again, without tar's --sparse");
  auto stopped = problem();
  if (!stopped)
    return Error(ErrorClass::integrity, "source.missing",
                 fmt::format("{} is missing in {}", base::quote(name), path_));
  auto cause = fmt::format("{} is missing; {}", base::quote(name), stopped->cause());
  return std::move(*stopped).cause(std::move(cause));
}

std::optional<platform::FileVersion> TarIndex::settled_version() const {
  return platform::version_of(*file_) == version_ ? version_ : std::nullopt;
}

bool TarIndex::contains(std::string_view name) const {
  if (entries_.find(name) != entries_.end()) return true;
  const std::string below = std::string(name) + "/";
  const auto entry = entries_.lower_bound(below);
  return entry != entries_.end() && entry->first.starts_with(below);
}

std::vector<std::string> TarIndex::names(std::size_t limit) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (names.size() == limit) break;
    names.push_back(name);
  }
  return names;
}

}  // namespace berth::image
