// Broken, hostile and mutated shared objects: an error, never a crash.
#include <doctest/doctest.h>

#include <functional>

#include "platform/object_file.hpp"
#include "unit/platform/linux/small_elf.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// The kind of error, or "notes: N".
std::string outcome(const std::string& bytes) {
  const MemoryFile file(bytes);
  platform::ObjectFileError error;
  const auto object = platform::read_object_file(file.fd(), {.owner = "berth", .type = 1}, error);
  switch (error.kind) {
    case platform::ObjectFileError::Kind::none:
      return "notes: " + std::to_string(object.notes.size());
    case platform::ObjectFileError::Kind::unreadable:
      return "unreadable";
    case platform::ObjectFileError::Kind::malformed:
      return "malformed";
    case platform::ObjectFileError::Kind::other_machine:
      return "other machine";
  }
  return "";
}

// What is wrong with the file.
std::string cause(const std::string& bytes) {
  const MemoryFile file(bytes);
  platform::ObjectFileError error;
  platform::read_object_file(file.fd(), {.owner = "berth", .type = 1}, error);
  return error.cause;
}

constexpr auto kHuge = ~std::uint64_t{0};

}  // namespace

TEST_CASE("object file: rejects malformed headers") {
  struct Case {
    const char* what;
    std::function<void(SmallElf&)> change;
    std::string outcome;
  };
  const Case cases[] = {
      {"good", [](SmallElf&) {}, "notes: 1"},
      {"magic", [](SmallElf& elf) { elf.header.e_ident[1] = 'X'; }, "malformed"},
      {"32 bits", [](SmallElf& elf) { elf.header.e_ident[EI_CLASS] = ELFCLASS32; },
       "other machine"},
      {"big endian", [](SmallElf& elf) { elf.header.e_ident[EI_DATA] = ELFDATA2MSB; },
       "other machine"},
      {"machine", [](SmallElf& elf) { elf.header.e_machine = EM_RISCV; }, "other machine"},
      {"program", [](SmallElf& elf) { elf.header.e_type = ET_EXEC; }, "malformed"},
      {"object", [](SmallElf& elf) { elf.header.e_type = ET_REL; }, "malformed"},
      {"no segments", [](SmallElf& elf) { elf.header.e_phnum = 0; }, "malformed"},
      {"too many segments", [](SmallElf& elf) { elf.header.e_phnum = 129; }, "malformed"},
      {"more segments than file", [](SmallElf& elf) { elf.header.e_phnum = 128; }, "malformed"},
      {"extended numbering", [](SmallElf& elf) { elf.header.e_phnum = PN_XNUM; }, "malformed"},
      {"segment size", [](SmallElf& elf) { elf.header.e_phentsize = 32; }, "malformed"},
      {"table beyond the file", [](SmallElf& elf) { elf.header.e_phoff = 1 << 20; }, "malformed"},
      {"table at the end of the world", [](SmallElf& elf) { elf.header.e_phoff = kHuge; },
       "malformed"},
      {"table that overflows", [](SmallElf& elf) { elf.header.e_phoff = kHuge - 55; }, "malformed"},
      {"note beyond the file", [](SmallElf& elf) { elf.segment.p_offset = 1 << 20; }, "malformed"},
      {"note at the end of the world", [](SmallElf& elf) { elf.segment.p_offset = kHuge; },
       "malformed"},
      {"note longer than the file", [](SmallElf& elf) { elf.segment.p_filesz = 1 << 19; },
       "malformed"},
      {"note too long to be ours", [](SmallElf& elf) { elf.segment.p_filesz = kHuge; }, "notes: 0"},
      {"note of nothing", [](SmallElf& elf) { elf.segment.p_filesz = 0; }, "notes: 0"},
      {"no sections", [](SmallElf& elf) { elf.header.e_shoff = 0; }, "notes: 1"},
      {"sections at the end of the world", [](SmallElf& elf) { elf.header.e_shoff = kHuge; },
       "notes: 1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    SmallElf elf;
    one.change(elf);
    CHECK(outcome(elf.bytes()) == one.outcome);
  }
}

TEST_CASE("object file: rejects a plugin that is truncated anywhere") {
  const std::string whole = SmallElf().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(outcome(whole.substr(0, size)) == "malformed");
  }
  CHECK(outcome("") == "malformed");
  CHECK(outcome(
            "#!/bin/sh\necho this is a script, long enough to hold the header of an ELF file\n") ==
        "malformed");
}

TEST_CASE("object file: parses notes") {
  auto header = [](std::uint32_t owner, std::uint32_t size) {
    return raw(Elf64_Nhdr{owner, size, 1}) + kOwner;
  };
  struct Case {
    const char* what;
    std::string notes;
    std::uint64_t alignment;
    std::string outcome;
  };
  const Case cases[] = {
      {"after others", note_of(std::string("GNU\0", 4), 3, "build id") + note_of(kOwner, 1, "x"), 4,
       "notes: 1"},
      {"two", note_of(kOwner, 1, "x") + note_of(kOwner, 1, "y"), 4, "notes: 2"},
      {"alignment 8", note_of(kOwner, 1, "12345", 8) + note_of(kOwner, 1, "y", 8), 8, "notes: 2"},
      {"alignment 1 means 4", note_of(kOwner, 1, "12345") + note_of(kOwner, 1, "y"), 1, "notes: 2"},
      {"absurd alignment means 4", note_of(kOwner, 1, "12345") + note_of(kOwner, 1, "y"), kHuge,
       "notes: 2"},
      {"other owner", note_of(std::string("birth\0", 6), 1, "x"), 4, "notes: 0"},
      {"owner without its end", note_of("berth", 1, "x"), 4, "notes: 0"},
      {"other type", note_of(kOwner, 2, "x"), 4, "notes: 0"},
      {"absurd owner size", header(0xffffffff, 4), 4, "notes: 0"},
      {"owner size that wraps", header(0xfffffffd, 4), 4, "notes: 0"},
      {"absurd descriptor size", header(6, 0xffffffff), 4, "notes: 0"},
      {"descriptor one too long", header(6, 9) + std::string(2 + 8, '\0'), 4, "notes: 0"},
      {"empty owner and descriptor for ever", raw(Elf64_Nhdr{0, 0, 0}) + note_of(kOwner, 1, "x"), 4,
       "notes: 1"},
      {"header cut off", note_of(kOwner, 1, "x") + std::string(11, '\1'), 4, "notes: 1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    SmallElf elf(one.notes);
    elf.segment.p_align = one.alignment;
    CHECK(outcome(elf.bytes()) == one.outcome);
  }
}

TEST_CASE("object file: rejects a dynamic section that is duplicated or at the wrong location") {
  SmallElf elf;
  Elf64_Phdr note = elf.segment;
  note.p_offset += sizeof note * 2;
  Elf64_Phdr dynamic{};
  dynamic.p_type = PT_DYNAMIC;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_filesz = sizeof elf.header + 3 * sizeof note + elf.notes.size();
  elf.header.e_phnum = 3;
  elf.table = raw(note) + raw(load) + raw(dynamic);
  CHECK(outcome(elf.bytes()) == "notes: 1");  // an empty one needs no library
  for (const auto& [offset, size, address] :
       {std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>{0, 0, 64},
        {64, 0, 0},
        {1 << 20, 16, 1 << 20},
        {0, kHuge, 0}}) {
    dynamic.p_offset = offset;
    dynamic.p_filesz = size;
    dynamic.p_vaddr = address;
    elf.table = raw(note) + raw(load) + raw(dynamic);
    CHECK(outcome(elf.bytes()) == "malformed");
  }
  elf.header.e_phnum = 4;
  note.p_offset += sizeof note;
  elf.table = raw(note) + raw(load) + raw(Elf64_Phdr{PT_DYNAMIC, 0, 0, 0, 0, 0, 0, 0}) +
              raw(Elf64_Phdr{PT_DYNAMIC, 0, 0, 0, 0, 0, 0, 0});
  CHECK(outcome(elf.bytes()) == "malformed");
}

TEST_CASE("object file: a file that cannot be read is not reported as malformed") {
  platform::ObjectFileError error;
  static_cast<void>(platform::read_object_file(-1, {.owner = "berth", .type = 1}, error));
  CHECK(error.kind == platform::ObjectFileError::Kind::unreadable);
  CHECK(error.error == std::errc::bad_file_descriptor);
}

TEST_CASE("object file: names the platform of files of others") {
  CHECK(cause("MZ" + std::string(100, '\0')) == "it is a Windows library (PE)");
  CHECK(cause("MZ") == "it is a Windows library (PE)");
  CHECK(cause("\xcf\xfa\xed\xfe" + std::string(100, '\0')) == "it is a macOS library (Mach-O)");
  CHECK(cause("\xca\xfe\xba\xbe" + std::string(100, '\0')) == "it is a macOS library (Mach-O)");
  SmallElf big;
  big.header.e_ident[EI_DATA] = ELFDATA2MSB;
  big.header.e_machine = EM_PPC64 << 8U;  // in its own byte order
  CHECK(cause(big.bytes()) ==
        "it is built for 64-bit PowerPC, big-endian; this machine is little-endian");
  SmallElf narrow;
  narrow.header.e_ident[EI_CLASS] = ELFCLASS32;
  narrow.header.e_machine = EM_386;
  CHECK(cause(narrow.bytes()) == "it is built for i386, with 32 bits; this machine has 64");
  SmallElf bsd;
  bsd.header.e_ident[EI_OSABI] = ELFOSABI_FREEBSD;
  CHECK(cause(bsd.bytes()) == "it is built for FreeBSD; this is Linux");
  bsd.header.e_ident[EI_OSABI] = ELFOSABI_GNU;
  CHECK(cause(bsd.bytes()).empty());
  SmallElf program;
  program.header.e_type = ET_EXEC;
  CHECK(cause(program.bytes()) == "it is a program, not a shared object");
  CHECK(cause("text") == "it is truncated");
}

TEST_CASE("object file: rejects a segment that the file does not have completely") {
  SmallElf elf;
  elf.header.e_phnum = 2;
  Elf64_Phdr note = elf.segment;
  note.p_offset += sizeof note;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_filesz = sizeof elf.header + 2 * sizeof note + elf.notes.size();
  elf.table = raw(note) + raw(load);
  CHECK(outcome(elf.bytes()) == "notes: 1");
  load.p_filesz += 1;
  elf.table = raw(note) + raw(load);
  CHECK(cause(elf.bytes()) == "it is truncated");
  load.p_offset = ~std::uint64_t{0};
  elf.table = raw(note) + raw(load);
  CHECK(cause(elf.bytes()) == "it is truncated");
}
