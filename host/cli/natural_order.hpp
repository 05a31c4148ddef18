// The order in which people expect versions: 1.9 before 1.10.
#pragma once

#include <string_view>

namespace berth::cli {

// Returns whether `left` comes before `right`: runs of digits are compared by their value, all
// other bytes as they are. A strict order: texts that differ only in leading zeros are compared by
// bytes.
bool natural_less(std::string_view left, std::string_view right);

}  // namespace berth::cli
