#include "fuzz/target.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace berth::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"archive", run_archive},
    Target{"challenge", run_challenge},
    Target{"credentials", run_credentials},
    Target{"decompressor", run_decompressor},
    Target{"elf", run_elf},
    Target{"frame", run_frame},
    Target{"json", run_json},
    Target{"manifest", run_manifest},
    Target{"note", run_note},
    Target{"permissions", run_permissions},
    Target{"reference", run_reference},
    Target{"registries_conf", run_registries_conf},
    Target{"settings", run_settings},
    Target{"state", run_state},
    Target{"tar", run_tar},
    Target{"url", run_url},
};

constexpr std::size_t kBlock = 512;
constexpr std::size_t kChecksum = 148;
constexpr std::size_t kChecksumSize = 8;

void correct_checksum(char* block) {
  std::fill_n(block + kChecksum, kChecksumSize, ' ');
  unsigned sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(block[i]);
  std::snprintf(block + kChecksum, kChecksumSize - 1, "%06o", sum);
}

}  // namespace

std::span<const Target> targets() { return kTargets; }

void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

platform::UniqueFd memory_file(std::string_view bytes) {
  platform::UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  while (!bytes.empty()) {
    const auto count = ::write(file.get(), bytes.data(), bytes.size());
    require(count > 0, "an input can be written to memory");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return file;
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string with_tar_checksums(std::string_view bytes) {
  std::string result(bytes);
  if (!bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 1U) != 0) return result;
  for (std::size_t at = 0; at + kBlock <= result.size(); at += kBlock)
    if (bytes.substr(at + 257, 5) == "ustar") correct_checksum(result.data() + at);
  return result;
}

}  // namespace berth::fuzz
