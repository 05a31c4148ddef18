// The findings of the flavor dockerhub. README.md has the table that is made of them.
#pragma once

#include "common/finding.hpp"
#include "common/shared_findings.hpp"

namespace berth::dockerhub {

inline constexpr char kFlavor[] = "dockerhub";
using Shared = common::SharedFindings<kFlavor>;
inline constexpr const FindingKind& kTagSame = Shared::tag_same;

inline constexpr FindingKind kUri{"dockerhub.uri", error,
                                  "The URI does not name Docker Hub, which is docker.io."};
inline constexpr FindingKind kPrivate{"dockerhub.private", error,
                                      "The setting private requires create_repository: without it, "
                                      "the push creates a repository with the account's "
                                      "default visibility, which may be public."};
inline constexpr FindingKind kName{
    "dockerhub.name", error,
    "Names on Docker Hub are NAMESPACE/NAME: a single part would be Docker's own "
    "(library/NAME), and a third is not supported."};
inline constexpr FindingKind kMayNotPush{
    "dockerhub.may-not-push", error,
    "The token does not grant push: the namespace belongs to another account, the team has no "
    "write access, the access "
    "token is limited to other repositories, or the plan's private repositories are used up. "
    "Docker Hub's own message, "
    "\"requested access to the resource is denied\", does not distinguish them."};
inline constexpr FindingKind kReadOnlyToken{
    "dockerhub.read-only-token", error,
    "The access token may only read. Docker Hub responds with 401 to a request "
    "for push, as if the password were wrong."};
inline constexpr FindingKind kPullLimit{
    "dockerhub.pull-limit", info,
    "How many pulls are left for this account or address. Pushes and checks do not count."};
inline constexpr FindingKind kTagImmutable{
    "dockerhub.tag-immutable", warning,
    "The tag exists, and the repository's tags, or those that match its rules, are immutable: the "
    "push then fails with "
    "its last request. Docker Hub's API shows this only of public repositories, or with "
    "create_repository."};
inline constexpr FindingKind kNotPublic{"dockerhub.not-public", info,
                                        "No public repository has that name. Unless a private one "
                                        "exists, the push creates it with the account's "
                                        "default visibility."};
inline constexpr FindingKind kRepositoryCreated{
    "dockerhub.repository-created", info,
    "The repository does not exist; this push creates it, with the visibility that the setting "
    "private has."};
inline constexpr FindingKind kRepositoryNotCreated{
    "dockerhub.repository-not-created", error,
    "The repository may not exist, and could not be created with the visibility that the setting "
    "private has. The push "
    "would create it with the account's default, which may be public."};
inline constexpr FindingKind kVisibility{"dockerhub.visibility", warning,
                                         "The repository exists with another visibility than the "
                                         "setting private has. berth does not change it."};
inline constexpr FindingKind kThrottled{
    "dockerhub.throttled", info,
    "Docker Hub limits the rate of requests to its API; the repository was not "
    "checked."};

inline constexpr const FindingKind* kFindings[] = {
    &kUri,        &kPrivate,      &kName,      &kMayNotPush,        &kReadOnlyToken,
    &kTagSame,    &kTagImmutable, &kNotPublic, &kRepositoryCreated, &kRepositoryNotCreated,
    &kVisibility, &kThrottled,    &kPullLimit};

}  // namespace berth::dockerhub
