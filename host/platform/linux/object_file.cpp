// Shared objects are ELF files. Sources: System V ABI, "Object Files"; elf(5).
#include "platform/object_file.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace berth::platform {
namespace {

using Kind = ObjectFileError::Kind;

constexpr std::size_t kMaxSegments = 128;
constexpr std::uint64_t kMaxNotes = 1U << 20U;
constexpr std::uint64_t kMaxDynamic = 1U << 20U;
constexpr std::uint64_t kMaxStrings = 16U << 20U;
constexpr std::size_t kMaxNeeded = 256;

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
#error "add the ELF machine number of this architecture"
#endif

// Reads a file that may be malformed. The first error is kept; after it, all parts are empty.
class Reader {
 public:
  Reader(int fd, ObjectFileError& error) : fd_(fd), error_(error) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) fail_with_errno();
    size_ = static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] bool failed() const { return error_.kind != Kind::none; }
  void fail(Kind kind, std::string cause) {
    if (!failed()) error_ = {kind, std::move(cause), {}};
  }
  void malformed(std::string cause) { fail(Kind::malformed, std::move(cause)); }

  // Returns a part of the file; an error if it is not completely within the file.
  std::string part(std::uint64_t offset, std::uint64_t length) {
    if (failed()) return {};
    if (offset > size_ || length > size_ - offset) {
      malformed("it is truncated");
      return {};
    }
    std::string bytes(length, '\0');
    for (std::size_t done = 0; done < length;) {
      const auto count =
          ::pread(fd_, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_with_errno();
      if (count == 0) malformed("it is truncated");
      if (count <= 0) return {};
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  void fail_with_errno() {
    if (!failed()) error_ = {Kind::unreadable, {}, {errno, std::generic_category()}};
  }

  int fd_;
  ObjectFileError& error_;
  std::uint64_t size_ = 0;
};

template <typename T>
T at(const std::string& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

Elf64_Ehdr read_header(Reader& file) {
  const auto bytes = file.part(0, sizeof(Elf64_Ehdr));
  if (file.failed()) return {};
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    file.malformed("it is not an ELF file");
  else if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
           header.e_machine != kMachine)
    file.fail(Kind::other_machine, "its ELF machine is " + std::to_string(header.e_machine) +
                                       ", this one is " + std::to_string(kMachine));
  else if (header.e_type != ET_DYN)
    file.malformed("it is an ELF file, but not a shared object");
  else if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
           header.e_phnum > kMaxSegments)
    file.malformed("its program headers are malformed");
  return header;
}

std::vector<Elf64_Phdr> read_segments(Reader& file) {
  const auto header = read_header(file);
  const auto table = file.part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  std::vector<Elf64_Phdr> segments;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Phdr) <= table.size();
       offset += sizeof(Elf64_Phdr))
    segments.push_back(at<Elf64_Phdr>(table, offset));
  return segments;
}

// Offsets within a note are rounded up to the alignment relative to the note's start. With an
// alignment of 8, the header's 12 bytes matter.
void collect_notes(const std::string& segment, std::uint64_t alignment, const NoteKind& kind,
                   std::vector<std::string>& notes) {
  const std::size_t align = alignment == 8 ? 8 : 4;
  auto rounded = [align](std::size_t size) { return (size + align - 1) / align * align; };
  const std::string owner(kind.owner.c_str(), kind.owner.size() + 1);  // with its terminating zero
  for (std::size_t offset = 0; offset + sizeof(Elf64_Nhdr) <= segment.size();) {
    const auto header = at<Elf64_Nhdr>(segment, offset);
    const std::size_t name = offset + sizeof header;
    const std::size_t descriptor = offset + rounded(sizeof header + header.n_namesz);
    if (descriptor > segment.size() || header.n_descsz > segment.size() - descriptor) return;
    if (header.n_type == kind.type && segment.compare(name, header.n_namesz, owner) == 0)
      notes.push_back(segment.substr(descriptor, header.n_descsz));
    offset += rounded(descriptor - offset + header.n_descsz);
  }
}

std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                         std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

// What the dynamic section contains about required libraries.
struct Dynamic {
  std::vector<std::uint64_t> names;  // offsets in the string table
  std::uint64_t strings_at = 0;
  std::uint64_t strings_size = 0;
};

Dynamic parse_dynamic(const std::string& bytes) {
  Dynamic dynamic;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= bytes.size();
       offset += sizeof(Elf64_Dyn)) {
    const auto entry = at<Elf64_Dyn>(bytes, offset);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY)
      dynamic.names.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) dynamic.strings_at = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) dynamic.strings_size = entry.d_un.d_val;
  }
  return dynamic;
}

std::vector<std::string> read_needed(Reader& file, const std::vector<Elf64_Phdr>& segments,
                                     const Elf64_Phdr& segment) {
  const std::string malformed = "its dynamic section is malformed";
  std::vector<std::string> needed;
  if (segment.p_filesz > kMaxDynamic) file.malformed("its dynamic section is too large");
  // The dynamic loader uses the address (p_vaddr), this function the file offset. Both must refer
  // to the same bytes, otherwise the loader would see other dependencies.
  if (file_offset(segments, segment.p_vaddr) != segment.p_offset) file.malformed(malformed);
  const auto dynamic = parse_dynamic(file.part(segment.p_offset, segment.p_filesz));
  if (dynamic.names.empty()) return needed;
  const auto offset = file_offset(segments, dynamic.strings_at);
  if (!offset || dynamic.strings_size > kMaxStrings || dynamic.names.size() > kMaxNeeded) {
    file.malformed(malformed);
    return needed;
  }
  const auto strings = file.part(*offset, dynamic.strings_size);
  for (const auto name : dynamic.names) {
    const auto end = name < strings.size() ? strings.find('\0', name) : std::string::npos;
    if (end == std::string::npos) {
      file.malformed(malformed);
      return needed;
    }
    needed.push_back(strings.substr(name, end - name));
  }
  return needed;
}

}  // namespace

ObjectFile read_object_file(int fd, const NoteKind& kind, ObjectFileError& error) {
  error = {};
  Reader file(fd, error);
  const auto segments = read_segments(file);
  ObjectFile object;
  int dynamics = 0;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_NOTE && segment.p_filesz <= kMaxNotes)
      collect_notes(file.part(segment.p_offset, segment.p_filesz), segment.p_align, kind,
                    object.notes);
    if (segment.p_type != PT_DYNAMIC) continue;
    if (++dynamics > 1) file.malformed("it has two dynamic sections");
    object.needed = read_needed(file, segments, segment);
    if (file.failed()) break;
  }
  return object;
}

bool is_system_library(std::string_view name) {
  constexpr std::array<std::string_view, 14> allowed {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "libasan.so.", "libtsan.so.",
#endif
        "libc.so.", "libm.so.", "libdl.so.", "libpthread.so.", "librt.so.", "ld-linux-x86-64.so.",
        "ld-linux-aarch64.so.", "libgcc_s.so.", "libstdc++.so.", "libc++.so.", "libc++abi.so.",
        "libunwind.so."
  };
  return std::any_of(allowed.begin(), allowed.end(), [&](std::string_view prefix) {
    return !prefix.empty() && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789.", prefix.size()) == std::string_view::npos;
  });
}

}  // namespace berth::platform
