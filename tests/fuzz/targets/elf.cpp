// A plugin's file, as discovery reads it.
#include "flavor/metadata.hpp"
#include "flavor/plugin_file.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {

void run_elf(std::string_view input) {
  const auto file = memory_file(input);
  if (const auto elf = flavor::parse_plugin_file(file.get(), "plugin.so")) {
    for (const auto& note : elf->notes)
      require(note.size() <= input.size(), "a note is a part of the file");
    for (const auto& name : elf->needed)
      require(name.find('\0') == std::string::npos, "a library's name ends at its first zero byte");
  }
  static_cast<void>(flavor::read_metadata(file.get(), "plugin.so"));
}

}  // namespace berth::fuzz
