// The findings of the flavor default.
#pragma once

#include "common/shared_findings.hpp"

namespace berth::default_flavor {

inline constexpr char kFlavor[] = "default";
using Shared = common::SharedFindings<kFlavor>;
inline constexpr const FindingKind& kTagSame = Shared::tag_same;

inline constexpr FindingKind kProduct{"default.product", info,
                                      "The registry is a product that another flavor has the rules "
                                      "of: with it, more is checked before an upload."};

inline constexpr FindingKind kTagUnknown{
    "default.tag-unknown", warning,
    "The registry does not permit these credentials to read the repository, so that it is not "
    "known whether the tag "
    "exists. A push with them may succeed, and may be denied as well: --probe checks that."};
inline constexpr FindingKind kMayNotPush{
    "default.may-not-push", error,
    "The registry's token does not grant push on the repository: it does not exist where it has to "
    "be created first, "
    "its "
    "name is spelled differently, or the credentials may not write it. Checked only with --probe, "
    "because some "
    "registries create a repository when push is requested."};

inline constexpr const FindingKind* kFindings[] = {&kProduct, &kTagSame, &kTagUnknown,
                                                   &kMayNotPush};

}  // namespace berth::default_flavor
