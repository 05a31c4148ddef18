// Sources: System V ABI, "Hash Table";
// https://sourceware.org/gnu-gabi/program-loading-and-dynamic-linking.txt, "DT_GNU_HASH".
#include "platform/linux/elf_symbols.hpp"

#include <string>

namespace berth::platform {
namespace {

constexpr std::uint32_t kMaxChain = 1U << 20U;

class SymbolReader {
 public:
  SymbolReader(ElfReader& file, const std::vector<Elf64_Phdr>& segments, const SymbolTable& table)
      : file_(file), segments_(segments), table_(table) {}

  bool finds(std::string_view name) {
    return table_.gnu_hash != 0 ? finds_in_gnu_hash(name) : finds_in_hash(name);
  }

 private:
  // Returns the value at an address; std::nullopt if it is not completely in the file.
  template <typename T>
  std::optional<T> read(std::uint64_t address) {
    const auto offset = file_offset(segments_, address);
    if (!offset || *offset > file_.size() || sizeof(T) > file_.size() - *offset)
      return std::nullopt;
    const auto bytes = file_.part(*offset, sizeof(T));
    return bytes.size() == sizeof(T) ? std::optional(value_at<T>(bytes, 0)) : std::nullopt;
  }

  bool is_exported(std::uint32_t index, std::string_view name) {
    const auto symbol = read<Elf64_Sym>(table_.symbols + std::uint64_t{index} * sizeof(Elf64_Sym));
    if (!symbol || symbol->st_shndx == SHN_UNDEF) return false;
    const auto binding = ELF64_ST_BIND(symbol->st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (binding == STB_LOCAL || visibility == STV_HIDDEN || visibility == STV_INTERNAL)
      return false;
    const auto offset = file_offset(segments_, table_.strings + symbol->st_name);
    if (!offset || *offset > file_.size() || name.size() + 1 > file_.size() - *offset) return false;
    return file_.part(*offset, name.size() + 1) == std::string(name) + '\0';
  }

  bool finds_in_hash(std::string_view name) {
    std::uint32_t hash = 0;
    for (const char c : name) {
      hash = (hash << 4U) + static_cast<unsigned char>(c);
      const std::uint32_t high = hash & 0xf0000000U;
      hash = (hash ^ (high >> 24U)) & ~high;
    }
    const auto buckets = read<std::uint32_t>(table_.hash);
    if (!buckets || *buckets == 0) return false;
    auto index = read<std::uint32_t>(table_.hash + 8 + std::uint64_t{hash % *buckets} * 4);
    for (std::uint32_t i = 0; index && *index != 0 && i < kMaxChain; ++i) {
      if (is_exported(*index, name)) return true;
      index = read<std::uint32_t>(table_.hash + 8 + (std::uint64_t{*buckets} + *index) * 4);
    }
    return false;
  }

  bool finds_in_gnu_hash(std::string_view name) {
    std::uint32_t hash = 5381;
    for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
    const auto buckets = read<std::uint32_t>(table_.gnu_hash);
    const auto first = read<std::uint32_t>(table_.gnu_hash + 4);  // index of the first symbol
    const auto bloom = read<std::uint32_t>(table_.gnu_hash + 8);
    if (!buckets || !first || !bloom || *buckets == 0) return false;
    const std::uint64_t buckets_at = table_.gnu_hash + 16 + std::uint64_t{*bloom} * 8;
    const auto start = read<std::uint32_t>(buckets_at + std::uint64_t{hash % *buckets} * 4);
    if (!start || *start < *first) return false;
    const std::uint64_t chains_at = buckets_at + std::uint64_t{*buckets} * 4;
    for (std::uint32_t i = 0; i < kMaxChain; ++i) {
      const std::uint32_t index = *start + i;
      const auto chain = read<std::uint32_t>(chains_at + std::uint64_t{index - *first} * 4);
      if (!chain) return false;
      if ((*chain | 1U) == (hash | 1U) && is_exported(index, name)) return true;
      if ((*chain & 1U) != 0) return false;
    }
    return false;
  }

  ElfReader& file_;
  const std::vector<Elf64_Phdr>& segments_;
  const SymbolTable& table_;
};

}  // namespace

std::optional<bool> exports_symbol(ElfReader& file, const std::vector<Elf64_Phdr>& segments,
                                   const SymbolTable& table, std::string_view name) {
  if (table.symbols == 0 || (table.hash == 0 && table.gnu_hash == 0)) return std::nullopt;
  return SymbolReader(file, segments, table).finds(name);
}

}  // namespace berth::platform
