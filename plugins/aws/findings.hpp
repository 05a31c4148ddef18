// The findings of the flavor aws.
#pragma once

#include "common/finding.hpp"
#include "common/shared_findings.hpp"

namespace berth::aws {

inline constexpr char kFlavor[] = "aws";
using Shared = common::SharedFindings<kFlavor>;
inline constexpr const FindingKind& kTagSame = Shared::tag_same;
inline constexpr const FindingKind& kTagImmutable = Shared::tag_immutable;
inline constexpr const FindingKind& kTagMayBeImmutable = Shared::tag_conflict;
inline constexpr const FindingKind& kRepositoryMade = Shared::repository_created;

inline constexpr FindingKind kUri{"aws.uri", error, "The URI does not name a host of Amazon ECR."};
inline constexpr FindingKind kRepositoryName{
    "aws.repository-name", error,
    "The name breaks ECR's grammar, which is stricter than that of other registries: 2 to 256 "
    "lower-case letters and "
    "digits, with single . _ - / between them."};
inline constexpr FindingKind kRepositoryMissing{
    "aws.repository-missing", error,
    "The repository does not exist in that account and region, no creation template creates it, "
    "and create_repository "
    "is "
    "not set. A push would end with \"name unknown\" after its first upload."};
inline constexpr FindingKind kRepositoryNotMade{
    "aws.repository-not-made", error, "The repository could not be created: denied by AWS."};
inline constexpr FindingKind kRepositoryOnPush{
    "aws.repository-on-push", info,
    "The repository does not exist yet; a creation template of the account creates it on the first "
    "push."};
inline constexpr FindingKind kRepositoryNotTold{
    "aws.repository-not-told", warning,
    "The repository does not exist yet, and it is not known whether a creation template creates it "
    "on the first push: "
    "these credentials may not list them, or there are too many."};
inline constexpr FindingKind kLayerSize{
    "aws.layer-size", warning,
    "A layer is larger than what ECR accepts (52,000 MiB; in public repositories 10,000 MiB)."};
inline constexpr FindingKind kNoKeys{"aws.no-keys", warning,
                                     "No AWS credentials were found, or their source is broken, so "
                                     "that AWS could not be asked for anything. Without "
                                     "credentials the push goes on with what docker's files hold "
                                     "for that host; a broken source ends it."};
inline constexpr FindingKind kKeysRefused{
    "aws.keys-refused", warning,
    "AWS rejected the credentials: expired, revoked, or of another partition."};
inline constexpr FindingKind kOtherAccount{"aws.other-account", warning,
                                           "The registry's host names another account than that of "
                                           "the AWS credentials. The push succeeds only if the "
                                           "repository's policy allows the credentials' account."};
inline constexpr FindingKind kClock{
    "aws.clock", warning,
    "This machine's clock is too far from AWS's, which makes every signature invalid."};
inline constexpr FindingKind kNotAllowedToAsk{
    "aws.not-allowed-to-ask", warning,
    "These credentials may not describe the repository; whether it "
    "exists and takes the tag is unknown until the push."};
inline constexpr FindingKind kUnreachable{"aws.unreachable", warning,
                                          "The API of ECR did not answer."};
inline constexpr FindingKind kThrottled{"aws.throttled", warning,
                                        "AWS limits the rate of requests; nothing more was asked."};

inline constexpr const FindingKind* kFindings[] = {&kUri,
                                                   &kRepositoryName,
                                                   &kRepositoryMissing,
                                                   &kRepositoryMade,
                                                   &kRepositoryNotMade,
                                                   &kRepositoryOnPush,
                                                   &kRepositoryNotTold,
                                                   &kTagImmutable,
                                                   &kTagMayBeImmutable,
                                                   &kTagSame,
                                                   &kLayerSize,
                                                   &kNoKeys,
                                                   &kKeysRefused,
                                                   &kOtherAccount,
                                                   &kClock,
                                                   &kNotAllowedToAsk,
                                                   &kUnreachable,
                                                   &kThrottled};

}  // namespace berth::aws
