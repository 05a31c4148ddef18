// Sources: System V ABI, "Dynamic Linking"; Linux Standard Base, "Symbol Versioning"; the GNU hash
// table: sourceware.org, binutils ML, 2006-07 ("DT_GNU_HASH").
#include "platform/object_symbols.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

namespace berth::platform {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{256} << 20U;
constexpr std::size_t kMaxSymbols = 100'000;
constexpr std::size_t kMaxVersions = 10'000;

// The bytes of a file, and the addresses at which its segments are loaded.
class LoadedImage {
 public:
  explicit LoadedImage(std::string bytes) : bytes_(std::move(bytes)) {
    const auto header = value_at<Elf64_Ehdr>(0);
    for (std::size_t i = 0; header && i < header->e_phnum; ++i)
      if (const auto segment = value_at<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr)))
        segments_.push_back(*segment);
  }

  template <typename T>
  [[nodiscard]] std::optional<T> value_at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  template <typename T>
  [[nodiscard]] std::optional<T> loaded_at(std::uint64_t address) const {
    for (const auto& segment : segments_)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
          address - segment.p_vaddr < segment.p_filesz)
        return value_at<T>(segment.p_offset + (address - segment.p_vaddr));
    return std::nullopt;
  }
  [[nodiscard]] std::string text_at(std::uint64_t address) const {
    std::string text;
    for (auto c = loaded_at<char>(address); c && *c != '\0' && text.size() < 4096;
         c = loaded_at<char>(++address))
      text += *c;
    return text;
  }
  [[nodiscard]] const std::vector<Elf64_Phdr>& segments() const { return segments_; }

 private:
  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
};

using DynamicEntries = std::map<Elf64_Sxword, std::uint64_t>;

DynamicEntries dynamic_of(const LoadedImage& image) {
  DynamicEntries dynamic;
  for (const auto& segment : image.segments()) {
    if (segment.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t offset = 0; offset < segment.p_filesz; offset += sizeof(Elf64_Dyn)) {
      const auto entry = image.value_at<Elf64_Dyn>(segment.p_offset + offset);
      if (!entry || entry->d_tag == DT_NULL) break;
      dynamic.emplace(entry->d_tag, entry->d_un.d_val);
    }
  }
  return dynamic;
}

std::uint64_t entry_of(const DynamicEntries& dynamic, Elf64_Sxword tag) {
  const auto found = dynamic.find(tag);
  return found == dynamic.end() ? 0 : found->second;
}

// The number of symbols by the GNU hash table: the last symbol of the last chain.
std::size_t count_by_gnu_hash(const LoadedImage& image, std::uint64_t table) {
  struct Header {
    std::uint32_t buckets, first, bloom_words, shift;
  };
  const auto header = image.loaded_at<Header>(table);
  if (!header) return 0;
  const std::uint64_t buckets = table + sizeof(Header) + std::uint64_t{header->bloom_words} * 8;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < header->buckets && i < kMaxSymbols; ++i)
    last =
        std::max<std::uint64_t>(last, image.loaded_at<std::uint32_t>(buckets + i * 4).value_or(0));
  if (last < header->first) return header->first;
  const std::uint64_t chains = buckets + std::uint64_t{header->buckets} * 4;
  while (last < header->first + kMaxSymbols) {
    const auto hash = image.loaded_at<std::uint32_t>(chains + (last - header->first) * 4);
    if (!hash || (*hash & 1U) != 0) break;
    ++last;
  }
  return last + 1;
}

std::vector<std::string> exported_symbols(const LoadedImage& image, const DynamicEntries& dynamic) {
  std::size_t count = 0;
  if (const auto hash = entry_of(dynamic, DT_GNU_HASH); hash != 0)
    count = count_by_gnu_hash(image, hash);
  if (const auto hash = entry_of(dynamic, DT_HASH); hash != 0)
    count = image.loaded_at<std::uint32_t>(hash + 4).value_or(0);
  std::vector<std::string> names;
  for (std::size_t i = 1; i < std::min(count, kMaxSymbols); ++i) {
    const auto symbol =
        image.loaded_at<Elf64_Sym>(entry_of(dynamic, DT_SYMTAB) + i * sizeof(Elf64_Sym));
    if (!symbol) break;
    const auto binding = ELF64_ST_BIND(symbol->st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (symbol->st_shndx == SHN_UNDEF || binding == STB_LOCAL || visibility == STV_HIDDEN ||
        visibility == STV_INTERNAL || symbol->st_shndx == SHN_ABS)
      continue;
    names.push_back(image.text_at(entry_of(dynamic, DT_STRTAB) + symbol->st_name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> required_versions(const LoadedImage& image,
                                           const DynamicEntries& dynamic) {
  std::vector<std::string> versions;
  const std::uint64_t strings = entry_of(dynamic, DT_STRTAB);
  std::uint64_t at = entry_of(dynamic, DT_VERNEED);
  const auto count = std::min<std::uint64_t>(entry_of(dynamic, DT_VERNEEDNUM), kMaxVersions);
  for (std::uint64_t left = count; at != 0 && left > 0; --left) {
    const auto library = image.loaded_at<Elf64_Verneed>(at);
    if (!library) break;
    std::uint64_t version_at = at + library->vn_aux;
    for (unsigned i = 0; i < library->vn_cnt && versions.size() < kMaxVersions; ++i) {
      const auto version = image.loaded_at<Elf64_Vernaux>(version_at);
      if (!version) break;
      versions.push_back(image.text_at(strings + version->vna_name));
      if (version->vna_next == 0) break;
      version_at += version->vna_next;
    }
    if (library->vn_next == 0) break;
    at += library->vn_next;
  }
  return versions;
}

std::optional<std::string> read_whole(int fd, ObjectFileError& error) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || static_cast<std::size_t>(status.st_size) > kMaxFileSize) {
    error = {ObjectFileError::Kind::unreadable, {}, {errno, std::generic_category()}};
    return std::nullopt;
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const auto count =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error = {ObjectFileError::Kind::malformed, "it is truncated", {}};
      return std::nullopt;
    }
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace

ObjectSymbols read_object_symbols(int fd, ObjectFileError& error) {
  error = {};
  auto bytes = read_whole(fd, error);
  if (!bytes) return {};
  const LoadedImage image(std::move(*bytes));
  const DynamicEntries dynamic = dynamic_of(image);
  ObjectSymbols symbols;
  symbols.exported = exported_symbols(image, dynamic);
  symbols.versions = required_versions(image, dynamic);
  for (const auto tag : {DT_RPATH, DT_RUNPATH})
    if (const auto path = entry_of(dynamic, tag); path != 0)
      symbols.search_path = image.text_at(entry_of(dynamic, DT_STRTAB) + path);
  symbols.text_relocations =
      dynamic.count(DT_TEXTREL) != 0 || (entry_of(dynamic, DT_FLAGS) & DF_TEXTREL) != 0;
  for (const auto& segment : image.segments())
    if (segment.p_type == PT_GNU_STACK) symbols.executable_stack = (segment.p_flags & PF_X) != 0;
  return symbols;
}

}  // namespace berth::platform
