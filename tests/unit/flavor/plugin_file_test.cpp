// Plugin files that are not valid plugins: an error with a code, never a crash, and no code is run.
#include <doctest/doctest.h>

#include <random>

#include "flavor/metadata.hpp"
#include "flavor/plugin_file.hpp"
#include "support/temp_dir.hpp"
#include "unit/flavor/plugin_fixture.hpp"
#include "unit/platform/linux/small_elf.hpp"

using namespace berth;
using namespace berth::test;

TEST_CASE("plugin file: what is not a shared object of this machine has its own code") {
  const auto code = [](const std::string& bytes) {
    const auto file = flavor::parse_plugin_file(MemoryFile(bytes).fd(), "x.so");
    return file ? std::string("good") : file.error().code() + ": " + file.error().cause();
  };
  SmallElf elf;
  CHECK(code(elf.bytes()) == "good");
  CHECK(code("#!/bin/sh\n") == "flavor.not-elf: it is truncated");
  elf.header.e_machine = EM_RISCV;
  CHECK(code(elf.bytes())
            .starts_with("flavor.wrong-machine: it is built for RISC-V; this machine is "));
  CHECK(flavor::parse_plugin_file(-1, "x.so").error().code() == "file.io");
}

TEST_CASE("plugin file: rejects dependencies other than the C and C++ runtime") {
  const auto code = [](const std::string& library) {
    const MemoryFile file(elf_needing(library, note_of(kOwner, 1, metadata_note("acme"))));
    const auto metadata = flavor::read_metadata(file.fd(), "x.so");
    return metadata ? std::string("good") : metadata.error().code();
  };
  for (const char* library :
       {"libc.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libc++abi.so.1", "ld-linux-x86-64.so.2"})
    CHECK_MESSAGE(code(library) == "good", library);
  for (const char* library : {"libz.so.1", "libevil.so", "libc.so.6x", "libc.so./../../tmp/evil.so",
                              "./libc.so.6", "/tmp/libc.so.6", "ld-linux-evil.so.2", ""})
    CHECK_MESSAGE(code(library) == "flavor.needs-library", library);
}

TEST_CASE("plugin file: thousands of mutations and truncations of a real plugin cause no crash") {
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
