// Looks up a symbol of an ELF file as the dynamic loader does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/linux/elf_reader.hpp"

namespace berth::platform {

// Addresses from the dynamic section; 0: the file does not have it.
struct SymbolTable {
  std::uint64_t strings = 0;
  std::uint64_t strings_size = 0;
  std::uint64_t symbols = 0;
  std::uint64_t hash = 0;
  std::uint64_t gnu_hash = 0;
};

// Returns whether the file exports a symbol of that name; std::nullopt if it has no symbol table.
// A malformed table exports nothing.
std::optional<bool> exports_symbol(ElfReader& file, const std::vector<Elf64_Phdr>& segments,
                                   const SymbolTable& table, std::string_view name);

}  // namespace berth::platform
