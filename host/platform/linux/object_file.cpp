// Shared objects are ELF files. Sources: System V ABI, "Object Files"; elf(5).
#include "platform/object_file.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "platform/linux/elf_reader.hpp"
#include "platform/linux/elf_symbols.hpp"

namespace berth::platform {
namespace {

using Kind = ObjectFileError::Kind;

constexpr std::size_t kMaxSegments = 128;
constexpr std::uint64_t kMaxNotes = 1U << 20U;
constexpr std::uint64_t kMaxDynamic = 1U << 20U;
constexpr std::uint64_t kMaxStrings = 16U << 20U;
constexpr std::size_t kMaxNeeded = 256;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#else
#error "add the ELF machine number of this architecture"
#endif

// Describes a file of another system; empty if it is none that is known.
std::string foreign_format(const std::string& bytes) {
  if (bytes.starts_with("MZ")) return "it is a Windows library (PE)";
  for (const std::string_view magic : {"\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe",
                                       "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"})
    if (bytes.starts_with(magic)) return "it is a macOS library (Mach-O)";
  return {};
}

std::string machine_name(unsigned machine) {
  constexpr std::pair<unsigned, const char*> kNames[] = {
      {EM_386, "i386"},    {EM_MIPS, "MIPS"}, {EM_PPC, "PowerPC"},   {EM_PPC64, "64-bit PowerPC"},
      {EM_S390, "s390x"},  {EM_ARM, "ARM"},   {EM_X86_64, "x86-64"}, {EM_AARCH64, "AArch64"},
      {EM_RISCV, "RISC-V"}};
  for (const auto& [number, name] : kNames)
    if (number == machine) return name;
  return "ELF machine " + std::to_string(machine);
}

std::string system_name(unsigned char number) {
  constexpr std::pair<unsigned char, const char*> kNames[] = {{ELFOSABI_NETBSD, "NetBSD"},
                                                              {ELFOSABI_SOLARIS, "Solaris"},
                                                              {ELFOSABI_FREEBSD, "FreeBSD"},
                                                              {ELFOSABI_OPENBSD, "OpenBSD"}};
  for (const auto& [known, name] : kNames)
    if (known == number) return name;
  return "operating system " + std::to_string(number) + " (EI_OSABI)";
}

// Returns how the file's platform differs from this one; empty if it does not. Fields after e_ident
// are read in the file's own byte order.
std::string foreign_platform(const Elf64_Ehdr& header) {
  const bool is_big = header.e_ident[EI_DATA] == ELFDATA2MSB;
  const unsigned machine =
      is_big ? (header.e_machine >> 8U | header.e_machine << 8U) & 0xffffU : header.e_machine;
  const auto os = header.e_ident[EI_OSABI];
  const std::string is = "it is built for " + machine_name(machine);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return is + ", with 32 bits; this machine has 64";
  if (is_big) return is + ", big-endian; this machine is little-endian";
  if (machine != kMachine) return is + "; this machine is " + machine_name(kMachine);
  if (os != ELFOSABI_NONE && os != ELFOSABI_GNU)
    return "it is built for " + system_name(os) + "; this is Linux";
  return {};
}

std::string wrong_type(unsigned type) {
  if (type == ET_EXEC) return "it is a program, not a shared object";
  if (type == ET_REL) return "it is an object file that was not linked: link it with -shared";
  return "it is an ELF file, but not a shared object";
}

Elf64_Ehdr read_header(ElfReader& file) {
  const auto bytes = file.part(0, std::min<std::uint64_t>(file.size(), sizeof(Elf64_Ehdr)));
  if (const auto format = foreign_format(bytes); !format.empty())
    file.fail(Kind::other_machine, format);
  if (bytes.size() < sizeof(Elf64_Ehdr)) file.malformed("it is truncated");
  if (file.failed()) return {};
  const auto header = value_at<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    file.malformed("it is not an ELF file");
  else if (const auto foreign = foreign_platform(header); !foreign.empty())
    file.fail(Kind::other_machine, foreign);
  else if (header.e_type != ET_DYN)
    file.malformed(wrong_type(header.e_type));
  else if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
           header.e_phnum > kMaxSegments)
    file.malformed("its program headers are malformed");
  return header;
}

std::vector<Elf64_Phdr> read_segments(ElfReader& file) {
  const auto header = read_header(file);
  const auto table = file.part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  std::vector<Elf64_Phdr> segments;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Phdr) <= table.size();
       offset += sizeof(Elf64_Phdr))
    segments.push_back(value_at<Elf64_Phdr>(table, offset));
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
    const auto header = value_at<Elf64_Nhdr>(segment, offset);
    const std::size_t name = offset + sizeof header;
    const std::size_t descriptor = offset + rounded(sizeof header + header.n_namesz);
    if (descriptor > segment.size() || header.n_descsz > segment.size() - descriptor) return;
    if (header.n_type == kind.type && segment.compare(name, header.n_namesz, owner) == 0)
      notes.push_back(segment.substr(descriptor, header.n_descsz));
    offset += rounded(descriptor - offset + header.n_descsz);
  }
}

// What the dynamic section contains about required libraries and symbols.
struct Dynamic {
  std::vector<std::uint64_t> names;  // offsets in the string table
  SymbolTable symbols{};
  bool is_program = false;
};

Dynamic parse_dynamic(const std::string& bytes) {
  Dynamic dynamic;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Dyn) <= bytes.size();
       offset += sizeof(Elf64_Dyn)) {
    const auto entry = value_at<Elf64_Dyn>(bytes, offset);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY)
      dynamic.names.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_STRTAB) dynamic.symbols.strings = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) dynamic.symbols.strings_size = entry.d_un.d_val;
    if (entry.d_tag == DT_SYMTAB) dynamic.symbols.symbols = entry.d_un.d_ptr;
    if (entry.d_tag == DT_HASH) dynamic.symbols.hash = entry.d_un.d_ptr;
    if (entry.d_tag == DT_GNU_HASH) dynamic.symbols.gnu_hash = entry.d_un.d_ptr;
    if (entry.d_tag == DT_FLAGS_1) dynamic.is_program = (entry.d_un.d_val & DF_1_PIE) != 0;
  }
  return dynamic;
}

Dynamic read_dynamic(ElfReader& file, const std::vector<Elf64_Phdr>& segments,
                     const Elf64_Phdr& segment) {
  if (segment.p_filesz > kMaxDynamic) file.malformed("its dynamic section is too large");
  // The dynamic loader uses the address (p_vaddr), this function the file offset. Both must refer
  // to the same bytes, otherwise the loader would see other dependencies.
  if (file_offset(segments, segment.p_vaddr) != segment.p_offset)
    file.malformed("its dynamic section is malformed");
  auto dynamic = parse_dynamic(file.part(segment.p_offset, segment.p_filesz));
  if (dynamic.is_program) file.malformed("it is a program (PIE), not a shared object");
  return dynamic;
}

std::vector<std::string> read_needed(ElfReader& file, const std::vector<Elf64_Phdr>& segments,
                                     const Dynamic& dynamic) {
  const std::string malformed = "its dynamic section is malformed";
  std::vector<std::string> needed;
  if (dynamic.names.empty()) return needed;
  const auto offset = file_offset(segments, dynamic.symbols.strings);
  if (!offset || dynamic.symbols.strings_size > kMaxStrings || dynamic.names.size() > kMaxNeeded) {
    file.malformed(malformed);
    return needed;
  }
  const auto strings = file.part(*offset, dynamic.symbols.strings_size);
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
  ElfReader file(fd, error);
  const auto segments = read_segments(file);
  ObjectFile object;
  int dynamics = 0;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_NOTE && segment.p_filesz <= kMaxNotes)
      collect_notes(file.part(segment.p_offset, segment.p_filesz), segment.p_align, kind,
                    object.notes);
    // The loader would map the missing part, and the plugin would end by SIGBUS.
    if (segment.p_type == PT_LOAD &&
        (segment.p_offset > file.size() || segment.p_filesz > file.size() - segment.p_offset))
      file.malformed("it is truncated");
    if (segment.p_type != PT_DYNAMIC) continue;
    if (++dynamics > 1) file.malformed("it has two dynamic sections");
    const auto dynamic = read_dynamic(file, segments, segment);
    object.needed = read_needed(file, segments, dynamic);
    if (!kind.symbol.empty())
      object.exports = exports_symbol(file, segments, dynamic.symbols, kind.symbol);
    if (file.failed()) break;
  }
  return object;
}

bool is_system_library(std::string_view name) {
  constexpr std::array<std::string_view, 15> allowed {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "libasan.so.", "libtsan.so.",
#endif
        "libc.so.", "libm.so.", "libdl.so.", "libpthread.so.", "librt.so.", "ld-linux-x86-64.so.",
        "ld-linux-aarch64.so.", "libgcc_s.so.", "libstdc++.so.", "libc++.so.", "libc++abi.so.",
        "libunwind.so.", "libatomic.so."
  };
  return std::any_of(allowed.begin(), allowed.end(), [&](std::string_view prefix) {
    return !prefix.empty() && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789.", prefix.size()) == std::string_view::npos;
  });
}

}  // namespace berth::platform
