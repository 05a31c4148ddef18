#include "flavor/elf.hpp"

#include <berth/abi.h>
#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/files.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMostSegments = 128;
constexpr std::uint64_t kLargestNotes = 1U << 20U;
constexpr std::uint64_t kLargestDynamic = 1U << 20U;
constexpr std::uint64_t kLargestStrings = 16U << 20U;
constexpr std::size_t kMostNeeded = 256;

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
#error "add the ELF machine number of this architecture"
#endif

Error not_elf(const std::string& path, std::string cause) {
  return Error(ErrorClass::trust, "flavor.not-elf", path + " is not a valid shared object").cause(std::move(cause));
}

// Reads parts of the file; a part that is not completely within the file is an error.
struct File {
  int fd;
  std::uint64_t size;
  const std::string& path;

  [[nodiscard]] base::Result<std::string> part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size || length > size - offset) return not_elf(path, "it is truncated");
    std::string bytes(length, '\0');
    BERTH_TRY(const auto count, base::read_at(fd, std::as_writable_bytes(std::span(bytes)), offset, path));
    if (count != length) return not_elf(path, "it is truncated");
    return bytes;
  }
};

template <typename T>
T at(const std::string& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

base::Result<Elf64_Ehdr> read_header(const File& file) {
  const std::string& path = file.path;
  BERTH_TRY(const auto bytes, file.part(0, sizeof(Elf64_Ehdr)));
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return not_elf(path, "it is not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return Error(ErrorClass::trust, "flavor.wrong-machine", path + " is built for another architecture")
        .cause(fmt::format("its ELF machine is {}, this one is {}", header.e_machine, kMachine))
        .fix("build it for this architecture");
  if (header.e_type != ET_DYN) return not_elf(path, "it is an ELF file, but not a shared object");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMostSegments)
    return not_elf(path, "its program headers are malformed");
  return header;
}

// Offsets within a note are rounded up to the alignment relative to the note's start. With an
// alignment of 8, the header's 12 bytes matter.
void collect_notes(const std::string& segment, std::uint64_t alignment, std::vector<std::string>& notes) {
  const std::size_t align = alignment == 8 ? 8 : 4;
  auto rounded = [align](std::size_t size) { return (size + align - 1) / align * align; };
  const std::string owner(BERTH_NOTE_OWNER, sizeof(BERTH_NOTE_OWNER));
  for (std::size_t offset = 0; offset + sizeof(Elf64_Nhdr) <= segment.size();) {
    const auto header = at<Elf64_Nhdr>(segment, offset);
    const std::size_t name = offset + sizeof header;
    const std::size_t descriptor = offset + rounded(sizeof header + header.n_namesz);
    if (descriptor > segment.size() || header.n_descsz > segment.size() - descriptor) return;
    if (header.n_type == BERTH_NOTE_TYPE && segment.compare(name, header.n_namesz, owner) == 0)
      notes.push_back(segment.substr(descriptor, header.n_descsz));
    offset += rounded(descriptor - offset + header.n_descsz);
  }
}

std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

base::Result<std::vector<std::string>> read_needed(const File& file, const std::vector<Elf64_Phdr>& segments,
                                                   const Elf64_Phdr& dynamic) {
  const std::string& path = file.path;
  std::vector<std::string> result;
  if (dynamic.p_filesz > kLargestDynamic) return not_elf(path, "its dynamic section is too large");
  // The dynamic loader uses the address (p_vaddr), this function the file offset. Both must refer
  // to the same bytes, otherwise the loader would see other dependencies.
  if (file_offset(segments, dynamic.p_vaddr) != dynamic.p_offset)
    return not_elf(path, "its dynamic section is malformed");
  BERTH_TRY(const auto bytes, file.part(dynamic.p_offset, dynamic.p_filesz));
  std::vector<std::uint64_t> names;
  std::uint64_t strings_at = 0;
  std::uint64_t strings_size = 0;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= bytes.size(); offset += sizeof(Elf64_Dyn)) {
    const auto entry = at<Elf64_Dyn>(bytes, offset);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY)
      names.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) strings_at = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) strings_size = entry.d_un.d_val;
  }
  if (names.empty()) return result;
  const auto offset = file_offset(segments, strings_at);
  if (!offset || strings_size > kLargestStrings || names.size() > kMostNeeded)
    return not_elf(path, "its dynamic section is malformed");
  BERTH_TRY(const auto strings, file.part(*offset, strings_size));
  for (const auto name : names) {
    const auto end = name < strings.size() ? strings.find('\0', name) : std::string::npos;
    if (end == std::string::npos) return not_elf(path, "its dynamic section is malformed");
    result.push_back(strings.substr(name, end - name));
  }
  return result;
}

}  // namespace

base::Result<ElfFile> read_elf(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return base::file_error("read", path, errno);
  const File file{fd, static_cast<std::uint64_t>(status.st_size), path};
  BERTH_TRY(const auto header, read_header(file));
  BERTH_TRY(const auto table, file.part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)));
  std::vector<Elf64_Phdr> segments;
  for (std::size_t i = 0; i < header.e_phnum; ++i) segments.push_back(at<Elf64_Phdr>(table, i * sizeof(Elf64_Phdr)));
  ElfFile result;
  int dynamics = 0;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_NOTE && segment.p_filesz <= kLargestNotes) {
      BERTH_TRY(const auto bytes, file.part(segment.p_offset, segment.p_filesz));
      collect_notes(bytes, segment.p_align, result.notes);
    }
    if (segment.p_type == PT_DYNAMIC) {
      if (++dynamics > 1) return not_elf(path, "it has two dynamic sections");
      BERTH_TRY(result.needed, read_needed(file, segments, segment));
    }
  }
  return result;
}

}  // namespace berth::flavor
