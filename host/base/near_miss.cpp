#include "base/near_miss.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace berth::base {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
std::size_t distance(std::string_view left, std::string_view right) {
  const std::size_t columns = right.size() + 1;
  std::vector<std::size_t> before(columns);
  std::vector<std::size_t> previous(columns);
  std::vector<std::size_t> current(columns);
  for (std::size_t j = 0; j < columns; ++j) previous[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j < columns; ++j) {
      const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change});
      const bool swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = std::exchange(previous, current);
  }
  return previous[right.size()];
}

}  // namespace

std::optional<std::string> near_miss(std::string_view name,
                                     const std::vector<std::string>& candidates) {
  constexpr std::size_t kMaxLength =
      128;  // limits the work for untrusted text; no real name is longer
  constexpr std::size_t kMaxCandidates = 10'000;
  if (name.size() > kMaxLength) return std::nullopt;
  const std::string typed = lower_case(name);
  const std::size_t allowed = std::max<std::size_t>(1, name.size() / 3);
  std::size_t best = allowed + 1;
  std::optional<std::string> nearest;
  for (const auto& candidate :
       std::span(candidates).first(std::min(candidates.size(), kMaxCandidates))) {
    if (candidate.size() > kMaxLength || candidate == name) continue;
    const std::size_t edits = distance(typed, lower_case(candidate));
    if (edits == best && nearest != candidate) nearest.reset();
    if (edits >= best) continue;
    best = edits;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace berth::base
