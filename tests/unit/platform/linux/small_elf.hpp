// The smallest shared objects that discovery accepts, built from given bytes.
#pragma once

#include <berth/abi.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "platform/unique_fd.hpp"

namespace berth::test {

template <typename T>
std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string padded(std::string text, std::size_t alignment) {
  while (text.size() % alignment != 0) text += '\0';
  return text;
}

inline std::string note_of(const std::string& owner, std::uint32_t type,
                           const std::string& descriptor, std::size_t alignment = 4) {
  const Elf64_Nhdr header{static_cast<std::uint32_t>(owner.size()),
                          static_cast<std::uint32_t>(descriptor.size()), type};
  return padded(padded(raw(header) + owner, alignment) + descriptor, alignment);
}

inline const std::string kOwner("berth\0", 6);

// The smallest file that read_object_file() accepts: a header, one PT_NOTE.
struct SmallElf {
  Elf64_Ehdr header{};
  Elf64_Phdr segment{};
  std::string notes;
  std::string table;  // empty: the only segment

  explicit SmallElf(std::string with = note_of(kOwner, 1, "descriptor")) : notes(std::move(with)) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof segment;
    header.e_phnum = 1;
    segment.p_type = PT_NOTE;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = notes.size();
    segment.p_align = 4;
  }
  [[nodiscard]] std::string bytes() const {
    return raw(header) + (table.empty() ? raw(segment) : table) + notes;
  }
};

// One entry of a note.
inline std::string entry(int key, const std::string& value) {
  return raw(static_cast<std::uint16_t>(key)) + raw(static_cast<std::uint32_t>(value.size())) +
         value;
}

// The descriptor of a flavor of that name, and further entries.
inline std::string metadata_note(const std::string& flavor, const std::string& more = {},
                                 std::uint32_t major = BERTH_ABI_MAJOR,
                                 std::uint32_t minor = BERTH_ABI_MINOR) {
  return raw(major) + raw(minor) + entry(BERTH_NOTE_FLAVOR, flavor) +
         entry(BERTH_NOTE_VERSION, "1.2.0") + more;
}

// A file that discovery accepts as that flavor's plugin.
inline std::string small_plugin(const std::string& flavor, const std::string& more = {}) {
  return SmallElf(note_of(kOwner, BERTH_NOTE_TYPE, metadata_note(flavor, more))).bytes();
}

// With a dynamic section that needs one library.
inline std::string elf_needing(const std::string& library, const std::string& notes) {
  SmallElf elf(notes);
  elf.header.e_phnum = 3;
  const std::size_t begin = sizeof elf.header + 3 * sizeof elf.segment;
  Elf64_Phdr note = elf.segment;
  note.p_offset = begin;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  Elf64_Phdr dynamic{};
  dynamic.p_type = PT_DYNAMIC;
  dynamic.p_offset = dynamic.p_vaddr = begin + notes.size();
  Elf64_Dyn entries[4]{};
  dynamic.p_filesz = sizeof entries;
  entries[0].d_tag = DT_NEEDED;
  entries[0].d_un.d_val = 1;
  entries[1].d_tag = DT_STRTAB;
  entries[1].d_un.d_ptr = dynamic.p_offset + sizeof entries;
  entries[2].d_tag = DT_STRSZ;
  entries[2].d_un.d_val = library.size() + 2;
  load.p_filesz = dynamic.p_offset + sizeof entries + library.size() + 2;
  elf.table = raw(note) + raw(load) + raw(dynamic);
  return elf.bytes() + raw(entries) + std::string(1, '\0') + library + std::string(1, '\0');
}

// A file with these bytes.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : fd_(::memfd_create("elf", MFD_CLOEXEC)) {
    write(0, bytes);
  }
  void write(std::size_t at, const std::string& bytes) const {
    if (::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) < 0) std::abort();
  }
  void truncate(std::size_t size) const {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) std::abort();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  platform::UniqueFd fd_;
};

}  // namespace berth::test
