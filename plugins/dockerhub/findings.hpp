// Everything that the flavor dockerhub finds. README.md has the table that is made of it.
#pragma once

#include "cloud/finding.hpp"

namespace berth::dockerhub {

inline constexpr FindingKind kName{"dockerhub.name", error,
                                   "Names on Docker Hub are NAMESPACE/NAME: one part alone would be Docker's "
                                   "own (library/NAME), and there is no third."};
inline constexpr FindingKind kMayNotPush{"dockerhub.may-not-push", error,
                                         "The token does not grant push: nobody is logged in, the namespace is "
                                         "another's, the team has no write access, or the "
                                         "plan's private repositories are used up. Docker Hub's own words, "
                                         "\"requested access to the resource is denied\", do "
                                         "not say which."};
inline constexpr FindingKind kReadOnlyToken{"dockerhub.read-only-token", error,
                                            "The access token may only read. Docker Hub answers 401 as soon as "
                                            "a push is asked for, as if the password were wrong."};
inline constexpr FindingKind kTagSame{"dockerhub.tag-same", info,
                                      "The tag already stands for this very image: there is nothing to upload."};
inline constexpr FindingKind kPullLimit{
    "dockerhub.pull-limit", info,
    "How many pulls are left for this account or address. Pushes and checks are not counted."};

inline constexpr FindingKind kTagImmutable{
    "dockerhub.tag-immutable", warning,
    "The tag exists, and the repository takes tags once, or those that fit its rules: the push then ends with its last "
    "request. Docker Hub's interface tells it of public repositories alone."};
inline constexpr FindingKind kNotPublic{
    "dockerhub.not-public", info,
    "There is no public repository of that name. Where there is no private one either, the push makes it, as public as "
    "the account's default says: make it first to choose."};
inline constexpr FindingKind kThrottled{"dockerhub.throttled", info,
                                        "Docker Hub's interface limits the rate of questions; it was not asked."};

inline constexpr const FindingKind* kFindings[] = {&kName,         &kMayNotPush, &kReadOnlyToken, &kTagSame,
                                                   &kTagImmutable, &kNotPublic,  &kThrottled,     &kPullLimit};

}  // namespace berth::dockerhub
