// Functions that parse what plugins, registries, archives and users provide, for fuzzing. Each
// accepts any input and ends the process if a property does not hold; crashes, leaks and undefined
// behaviour are left to the sanitizers. Two programs call them: one libFuzzer program per target
// (preset "fuzz", scripts/fuzz), and a test of every build that runs them on the corpora
// (corpus/TARGET/).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/unique_fd.hpp"

namespace berth::fuzz {

struct Target {
  std::string_view name;  // also the directory of its corpus
  void (*run)(std::string_view input);
};

// Sorted by name.
std::span<const Target> targets();

void run_archive(std::string_view input);
void run_challenge(std::string_view input);
void run_credentials(std::string_view input);
void run_decompressor(std::string_view input);
void run_elf(std::string_view input);
void run_frame(std::string_view input);
void run_json(std::string_view input);
void run_manifest(std::string_view input);
void run_note(std::string_view input);
void run_permissions(std::string_view input);
void run_reference(std::string_view input);
void run_registries_conf(std::string_view input);
void run_settings(std::string_view input);
void run_state(std::string_view input);
void run_tar(std::string_view input);
void run_url(std::string_view input);

// Prints `property` and ends the process if it does not hold.
void require(bool holds, const char* property);

// A file in memory that holds `bytes`, at its beginning.
platform::UniqueFd memory_file(std::string_view bytes);

// Removes and returns the text before the next '\n', or all of it.
std::string_view take_line(std::string_view& text);

// `bytes` with the checksum of every tar header corrected, so that mutations reach what is behind
// it. Unchanged if the last byte is odd: then checksums are a part of what is tested.
std::string with_tar_checksums(std::string_view bytes);

}  // namespace berth::fuzz
