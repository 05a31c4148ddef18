// "Did you mean …": the one candidate that a misspelt word most probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::base {

// The nearest candidate within a third of the word's length (at least one edit; a swap of neighbours is one edit), or
// nothing when none is near or two are equally near.
std::optional<std::string> near_miss(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace berth::base
