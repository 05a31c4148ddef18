// "Did you mean …": finds the candidate that a misspelled name most likely means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::base {

// Returns the candidate with the smallest edit distance, which is at most a third of the name's
// length, but at least 1 (swapped neighbours are one edit). std::nullopt if there are no such
// candidates, or two with the same distance.
std::optional<std::string> near_miss(std::string_view name,
                                     const std::vector<std::string>& candidates);

}  // namespace berth::base
