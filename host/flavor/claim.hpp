// Claims: host patterns by which berth selects the flavor of a registry host. A claim is "*",
// "*.example", "r.example" or "r.example:5000".
// Source: abi.h, BERTH_NOTE_CLAIM.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::flavor {

inline constexpr std::size_t kAnyHost = 1;  // the specificity of "*"

// Returns how specific `claim` is for `host`; 0 if it does not match. An exact host and port rank
// above an exact host without port, that above a pattern, and a longer pattern above a shorter one.
// "*" ranks last.
std::size_t claim_specificity(std::string_view claim, std::string_view host);

}  // namespace berth::flavor
