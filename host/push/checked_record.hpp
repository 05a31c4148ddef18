// Small text files of a cache, each with a checksum: several processes read and replace them
// without locks, and a file that is truncated, foreign, or of another version of berth is not used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::push {

// Returns the lines of the record; std::nullopt if it is missing or not a valid record of `kind`,
// if its checksum is wrong, or if another user can change it.
std::optional<std::vector<std::string>> read_record(const std::string& path, std::string_view kind);

// Replaces the record atomically. Lines must not contain line breaks. Creates the directory, mode
// 0700; if it holds `most` other records already, deletes the oldest. Returns false if that fails;
// the old record is then unchanged. So is a record of a newer version of berth, also with false. A
// crash may lose the record, and leaves none that is valid with other content.
bool write_record(const std::string& directory, const std::string& name, std::string_view kind,
                  const std::vector<std::string>& lines, std::size_t most);

}  // namespace berth::push
