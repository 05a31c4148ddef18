// Claim: a pattern of hosts for which a flavor wants to be chosen: "*", "*.example", "r.example" or "r.example:5000".
// Source: abi.h, BERTH_NOTE_CLAIM.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::flavor {

inline constexpr std::size_t kAnyHost = 1;  // of "*"

// How specific a claim on `host` is; 0 if it does not match. With a port beats without, an exact host beats a pattern,
// a longer pattern a shorter one.
std::size_t claim_specificity(std::string_view claim, std::string_view host);

}  // namespace berth::flavor
