// Everything that the flavor default finds.
#pragma once

#include <berth/finding.hpp>

namespace berth::default_flavor {

inline constexpr FindingKind kProduct{
    "default.product", info,
    "The registry is of a product that another flavor knows: with it, more is checked before a byte moves."};

inline constexpr const FindingKind* kFindings[] = {&kProduct};

}  // namespace berth::default_flavor
