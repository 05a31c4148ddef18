// Everything that the flavor aws finds.
#pragma once

#include "cloud/finding.hpp"

namespace berth::aws {

inline constexpr FindingKind kRepositoryName{
    "aws.repository-name", error,
    "The name breaks ECR's grammar, which is stricter than that of other registries: 2 to 256 lower-case letters and "
    "digits, with single . _ - / between them."};
inline constexpr FindingKind kRepositoryMissing{
    "aws.repository-missing", error,
    "The repository does not exist in that account and region, no creation template makes it, and create_repository is "
    "not set. A push would end with \"name unknown\" after its first upload."};
inline constexpr FindingKind kRepositoryMade{
    "aws.repository-made", info,
    "The repository does not exist yet; this push makes it, because create_repository is set."};
inline constexpr FindingKind kRepositoryNotMade{"aws.repository-not-made", error,
                                                "The repository was to be made, and AWS refused it."};
inline constexpr FindingKind kRepositoryOnPush{
    "aws.repository-on-push", info,
    "The repository does not exist yet; a creation template of the account makes it on the first push."};
inline constexpr FindingKind kRepositoryNotTold{
    "aws.repository-not-told", warning,
    "The repository does not exist yet, and AWS did not say whether a creation template makes it on the first push: "
    "these credentials may not ask, or there are too many."};
inline constexpr FindingKind kTagImmutable{"aws.tag-immutable", error,
                                           "The tag exists, may not be overwritten, and stands for another image."};
inline constexpr FindingKind kTagMayBeImmutable{
    "aws.tag-taken", warning,
    "The tag exists and may not be overwritten. Whether it stands for this very image is known once its layers are "
    "compressed: only then the push succeeds."};
inline constexpr FindingKind kTagSame{"aws.tag-same", info,
                                      "The tag already stands for this very image: there is nothing to upload."};
inline constexpr FindingKind kLayerSize{
    "aws.layer-size", warning,
    "A layer is larger than what ECR takes (52,000 MiB; in public repositories 10,000 MiB)."};
inline constexpr FindingKind kNoKeys{
    "aws.no-keys", warning,
    "No AWS credentials were found, so that nothing could be asked of AWS. The push goes on with what docker's files "
    "hold for that host, if anything."};
inline constexpr FindingKind kKeysRefused{"aws.keys-refused", warning,
                                          "AWS refused the credentials: expired, revoked, or of another partition."};
inline constexpr FindingKind kClock{"aws.clock", warning,
                                    "This machine's clock is too far from AWS's, which makes every signature invalid."};
inline constexpr FindingKind kNotAllowedToAsk{"aws.not-allowed-to-ask", warning,
                                              "These credentials may not describe the repository; whether it "
                                              "exists and takes the tag is unknown until the push."};
inline constexpr FindingKind kUnreachable{"aws.unreachable", warning,
                                          "The interface of ECR did not answer; nothing could be asked of it."};
inline constexpr FindingKind kThrottled{"aws.throttled", warning,
                                        "AWS limits the rate of questions; nothing more was asked."};

inline constexpr const FindingKind* kFindings[] = {&kRepositoryName,
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
                                                   &kClock,
                                                   &kNotAllowedToAsk,
                                                   &kUnreachable,
                                                   &kThrottled};

}  // namespace berth::aws
