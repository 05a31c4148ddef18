// Broken, hostile and mutated shared objects: an error with a code, never a crash, and no code is run.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <random>

#include "flavor/elf.hpp"
#include "flavor/metadata.hpp"
#include "support/temp_dir.hpp"
#include "unit/flavor/plugin_fixture.hpp"
#include "unit/flavor/small_elf.hpp"

using namespace berth;
using namespace berth::test;

namespace {

class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : fd_(::memfd_create("elf", MFD_CLOEXEC)) { write(0, bytes); }
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

// The code, or "notes: N".
std::string outcome(const std::string& bytes) {
  const MemoryFile file(bytes);
  const auto elf = flavor::read_elf(file.fd(), "x.so");
  return elf ? "notes: " + std::to_string(elf->notes.size()) : elf.error().code();
}

constexpr auto kHuge = ~std::uint64_t{0};

}  // namespace

TEST_CASE("elf: rejects malformed headers") {
  struct Case {
    const char* what;
    std::function<void(SmallElf&)> change;
    std::string outcome;
  };
  const Case cases[] = {
      {"good", [](SmallElf&) {}, "notes: 1"},
      {"magic", [](SmallElf& elf) { elf.header.e_ident[1] = 'X'; }, "flavor.not-elf"},
      {"32 bits", [](SmallElf& elf) { elf.header.e_ident[EI_CLASS] = ELFCLASS32; }, "flavor.wrong-machine"},
      {"big endian", [](SmallElf& elf) { elf.header.e_ident[EI_DATA] = ELFDATA2MSB; }, "flavor.wrong-machine"},
      {"machine", [](SmallElf& elf) { elf.header.e_machine = EM_RISCV; }, "flavor.wrong-machine"},
      {"program", [](SmallElf& elf) { elf.header.e_type = ET_EXEC; }, "flavor.not-elf"},
      {"object", [](SmallElf& elf) { elf.header.e_type = ET_REL; }, "flavor.not-elf"},
      {"no segments", [](SmallElf& elf) { elf.header.e_phnum = 0; }, "flavor.not-elf"},
      {"too many segments", [](SmallElf& elf) { elf.header.e_phnum = 129; }, "flavor.not-elf"},
      {"more segments than file", [](SmallElf& elf) { elf.header.e_phnum = 128; }, "flavor.not-elf"},
      {"extended numbering", [](SmallElf& elf) { elf.header.e_phnum = PN_XNUM; }, "flavor.not-elf"},
      {"segment size", [](SmallElf& elf) { elf.header.e_phentsize = 32; }, "flavor.not-elf"},
      {"table beyond the file", [](SmallElf& elf) { elf.header.e_phoff = 1 << 20; }, "flavor.not-elf"},
      {"table at the end of the world", [](SmallElf& elf) { elf.header.e_phoff = kHuge; }, "flavor.not-elf"},
      {"table that overflows", [](SmallElf& elf) { elf.header.e_phoff = kHuge - 55; }, "flavor.not-elf"},
      {"note beyond the file", [](SmallElf& elf) { elf.segment.p_offset = 1 << 20; }, "flavor.not-elf"},
      {"note at the end of the world", [](SmallElf& elf) { elf.segment.p_offset = kHuge; }, "flavor.not-elf"},
      {"note longer than the file", [](SmallElf& elf) { elf.segment.p_filesz = 1 << 19; }, "flavor.not-elf"},
      {"note too long to be ours", [](SmallElf& elf) { elf.segment.p_filesz = kHuge; }, "notes: 0"},
      {"note of nothing", [](SmallElf& elf) { elf.segment.p_filesz = 0; }, "notes: 0"},
      {"no sections", [](SmallElf& elf) { elf.header.e_shoff = 0; }, "notes: 1"},
      {"sections at the end of the world", [](SmallElf& elf) { elf.header.e_shoff = kHuge; }, "notes: 1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    SmallElf elf;
    one.change(elf);
    CHECK(outcome(elf.bytes()) == one.outcome);
  }
}

TEST_CASE("elf: rejects a plugin that is truncated anywhere") {
  const std::string whole = SmallElf().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(outcome(whole.substr(0, size)) == "flavor.not-elf");
  }
  CHECK(outcome("") == "flavor.not-elf");
  CHECK(outcome("#!/bin/sh\necho this is a script, long enough to hold the header of an ELF file\n") ==
        "flavor.not-elf");
}

TEST_CASE("elf: parses notes") {
  auto header = [](std::uint32_t owner, std::uint32_t size) { return raw(Elf64_Nhdr{owner, size, 1}) + kOwner; };
  struct Case {
    const char* what;
    std::string notes;
    std::uint64_t alignment;
    std::string outcome;
  };
  const Case cases[] = {
      {"after others", note_of(std::string("GNU\0", 4), 3, "build id") + note_of(kOwner, 1, "x"), 4, "notes: 1"},
      {"two", note_of(kOwner, 1, "x") + note_of(kOwner, 1, "y"), 4, "notes: 2"},
      {"alignment 8", note_of(kOwner, 1, "12345", 8) + note_of(kOwner, 1, "y", 8), 8, "notes: 2"},
      {"alignment 1 means 4", note_of(kOwner, 1, "12345") + note_of(kOwner, 1, "y"), 1, "notes: 2"},
      {"absurd alignment means 4", note_of(kOwner, 1, "12345") + note_of(kOwner, 1, "y"), kHuge, "notes: 2"},
      {"other owner", note_of(std::string("birth\0", 6), 1, "x"), 4, "notes: 0"},
      {"owner without its end", note_of("berth", 1, "x"), 4, "notes: 0"},
      {"other type", note_of(kOwner, 2, "x"), 4, "notes: 0"},
      {"absurd owner size", header(0xffffffff, 4), 4, "notes: 0"},
      {"owner size that wraps", header(0xfffffffd, 4), 4, "notes: 0"},
      {"absurd descriptor size", header(6, 0xffffffff), 4, "notes: 0"},
      {"descriptor one too long", header(6, 9) + std::string(2 + 8, '\0'), 4, "notes: 0"},
      {"empty owner and descriptor for ever", raw(Elf64_Nhdr{0, 0, 0}) + note_of(kOwner, 1, "x"), 4, "notes: 1"},
      {"header cut off", note_of(kOwner, 1, "x") + std::string(11, '\1'), 4, "notes: 1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    SmallElf elf(one.notes);
    elf.segment.p_align = one.alignment;
    CHECK(outcome(elf.bytes()) == one.outcome);
  }
}

TEST_CASE("elf: rejects a dynamic section that is duplicated or at the wrong location") {
  SmallElf elf;
  Elf64_Phdr note = elf.segment;
  note.p_offset += sizeof note * 2;
  Elf64_Phdr dynamic{};
  dynamic.p_type = PT_DYNAMIC;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_filesz = 100'000;
  elf.header.e_phnum = 3;
  elf.table = raw(note) + raw(load) + raw(dynamic);
  CHECK(outcome(elf.bytes()) == "notes: 1");  // an empty one needs no library
  for (const auto& [offset, size, address] : {std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>{0, 0, 64},
                                              {64, 0, 0},
                                              {1 << 20, 16, 1 << 20},
                                              {0, kHuge, 0}}) {
    dynamic.p_offset = offset;
    dynamic.p_filesz = size;
    dynamic.p_vaddr = address;
    elf.table = raw(note) + raw(load) + raw(dynamic);
    CHECK(outcome(elf.bytes()) == "flavor.not-elf");
  }
  elf.header.e_phnum = 4;
  note.p_offset += sizeof note;
  elf.table = raw(note) + raw(load) + raw(Elf64_Phdr{PT_DYNAMIC, 0, 0, 0, 0, 0, 0, 0}) +
              raw(Elf64_Phdr{PT_DYNAMIC, 0, 0, 0, 0, 0, 0, 0});
  CHECK(outcome(elf.bytes()) == "flavor.not-elf");
}

TEST_CASE("elf: rejects dependencies other than the C and C++ runtime") {
  const auto code = [](const std::string& library) {
    const MemoryFile file(elf_needing(library, note_of(kOwner, 1, metadata_note("acme"))));
    const auto metadata = flavor::read_metadata(file.fd(), "x.so");
    return metadata ? std::string("good") : metadata.error().code();
  };
  for (const char* library : {"libc.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libc++abi.so.1", "ld-linux-x86-64.so.2"})
    CHECK_MESSAGE(code(library) == "good", library);
  for (const char* library : {"libz.so.1", "libevil.so", "libc.so.6x", "libc.so./../../tmp/evil.so", "./libc.so.6",
                              "/tmp/libc.so.6", "ld-linux-evil.so.2", ""})
    CHECK_MESSAGE(code(library) == "flavor.needs-library", library);
}

TEST_CASE("elf: thousands of mutations and truncations of a real plugin cause no crash") {
  const std::string original = slurp(plugin_path("liar"));
  const MemoryFile file(original);
  REQUIRE(flavor::read_metadata(file.fd(), "liar.so"));
  std::mt19937 random(20240607);  // the same in every run
  const auto header = static_cast<std::size_t>(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) * 12);
  std::size_t refused = 0;
  for (int round = 0; round < 5'000; ++round) {
    const std::size_t within = round % 2 == 0 ? header : original.size();
    const std::size_t at = random() % within;
    const std::string piece(1 + random() % 8, static_cast<char>(round % 3 == 0 ? 0xff : random()));
    file.write(at, piece);
    if (!flavor::read_metadata(file.fd(), "liar.so")) ++refused;
    if (round % 4 == 3) file.write(0, original.substr(0, header + 4096));
    if (round % 64 == 63) file.write(0, original);
  }
  CHECK(refused > 500);
  file.write(0, original);
  for (std::size_t size = original.size(); size > 8; size -= size / 8) {
    file.truncate(size);
    static_cast<void>(flavor::read_metadata(file.fd(), "liar.so"));
  }
  CHECK_FALSE(flavor::read_metadata(file.fd(), "liar.so"));
}
