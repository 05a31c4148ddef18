#include "flavor/elf.hpp"

#include <berth/abi.h>
#include <elf.h>
#include <fmt/format.h>

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
#error "tell berth the ELF machine number of this architecture"
#endif

Error not_elf(const std::string& path, std::string cause) {
  return Error(ErrorClass::trust, "flavor.not-elf", path + " is not a usable shared object").cause(std::move(cause));
}

// Reads exactly that part of the file.
base::Result<std::string> read_part(int fd, std::uint64_t offset, std::uint64_t size, const std::string& path) {
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    BERTH_TRY(const auto count,
              base::read_at(fd, std::as_writable_bytes(std::span(bytes).subspan(done)), offset + done, path));
    if (count == 0) return not_elf(path, "it ends too early");
    done += count;
  }
  return bytes;
}

template <typename T>
T at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

base::Result<Elf64_Ehdr> read_header(int fd, const std::string& path) {
  BERTH_TRY(const auto bytes, read_part(fd, 0, sizeof(Elf64_Ehdr), path));
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return not_elf(path, "it does not begin as an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    return Error(ErrorClass::trust, "flavor.wrong-machine", path + " is built for another machine")
        .cause(fmt::format("its ELF machine is {}, this one is {}", header.e_machine, kMachine))
        .fix("build it for this machine");
  if (header.e_type != ET_DYN) return not_elf(path, "it is an ELF file, but no shared object");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMostSegments)
    return not_elf(path, "its program headers make no sense");
  return header;
}

void collect_notes(const std::string& segment, std::uint64_t alignment, std::vector<std::string>& notes) {
  const std::size_t align = alignment == 8 ? 8 : 4;
  auto rounded = [align](std::size_t size) { return (size + align - 1) / align * align; };
  const std::string owner(BERTH_NOTE_OWNER, sizeof(BERTH_NOTE_OWNER));
  for (std::size_t offset = 0; offset + sizeof(Elf64_Nhdr) <= segment.size();) {
    const auto header = at<Elf64_Nhdr>(segment, offset);
    const std::size_t name = offset + sizeof header;
    const std::size_t descriptor = name + rounded(header.n_namesz);
    if (descriptor > segment.size() || header.n_descsz > segment.size() - descriptor) return;
    if (header.n_type == BERTH_NOTE_TYPE && segment.compare(name, header.n_namesz, owner) == 0)
      notes.push_back(segment.substr(descriptor, header.n_descsz));
    offset = descriptor + rounded(header.n_descsz);
  }
}

std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

base::Result<std::vector<std::string>> read_needed(int fd, const std::vector<Elf64_Phdr>& segments,
                                                   const Elf64_Phdr& dynamic, const std::string& path) {
  std::vector<std::string> result;
  if (dynamic.p_filesz > kLargestDynamic) return not_elf(path, "its dynamic section is too large");
  BERTH_TRY(const auto bytes, read_part(fd, dynamic.p_offset, dynamic.p_filesz, path));
  std::vector<std::uint64_t> names;
  std::uint64_t strings_at = 0;
  std::uint64_t strings_size = 0;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= bytes.size(); offset += sizeof(Elf64_Dyn)) {
    const auto entry = at<Elf64_Dyn>(bytes, offset);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED) names.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) strings_at = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) strings_size = entry.d_un.d_val;
  }
  if (names.empty()) return result;
  const auto offset = file_offset(segments, strings_at);
  if (!offset || strings_size > kLargestStrings || names.size() > kMostNeeded)
    return not_elf(path, "its dynamic section makes no sense");
  BERTH_TRY(const auto strings, read_part(fd, *offset, strings_size, path));
  for (const auto name : names) {
    const auto end = name < strings.size() ? strings.find('\0', name) : std::string::npos;
    if (end == std::string::npos) return not_elf(path, "its dynamic section makes no sense");
    result.push_back(strings.substr(name, end - name));
  }
  return result;
}

}  // namespace

base::Result<ElfFile> read_elf(int fd, const std::string& path) {
  BERTH_TRY(const auto header, read_header(fd, path));
  BERTH_TRY(const auto table, read_part(fd, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), path));
  std::vector<Elf64_Phdr> segments;
  for (std::size_t i = 0; i < header.e_phnum; ++i) segments.push_back(at<Elf64_Phdr>(table, i * sizeof(Elf64_Phdr)));
  ElfFile file;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_NOTE && segment.p_filesz <= kLargestNotes) {
      BERTH_TRY(const auto bytes, read_part(fd, segment.p_offset, segment.p_filesz, path));
      collect_notes(bytes, segment.p_align, file.notes);
    }
    if (segment.p_type == PT_DYNAMIC) {
      BERTH_TRY(file.needed, read_needed(fd, segments, segment, path));
    }
  }
  return file;
}

}  // namespace berth::flavor
