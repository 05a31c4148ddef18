// Everything that the flavor default finds.
#pragma once

#include <berth/finding.hpp>

namespace berth::default_flavor {

inline constexpr FindingKind kProduct{
    "default.product", info,
    "The registry is of a product that another flavor knows: with it, more is checked before a byte moves."};

inline constexpr FindingKind kTagSame{"default.tag-same", info,
                                      "The tag already stands for this very image: there is nothing to upload."};
inline constexpr FindingKind kMayNotPush{
    "default.may-not-push", error,
    "The registry's token does not grant push on the repository: it does not exist where one has to make it first, its "
    "name is spelt otherwise, or the login may not write it. Asked with --probe alone, because some registries make a "
    "repository when they are asked."};

inline constexpr const FindingKind* kFindings[] = {&kProduct, &kTagSame, &kMayNotPush};

}  // namespace berth::default_flavor
