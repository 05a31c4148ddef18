// Everything that the flavor azure finds.
#pragma once

#include "cloud/finding.hpp"

namespace berth::azure {

inline constexpr FindingKind kMayNotPush{
    "azure.may-not-push", error,
    "The registry's token does not grant push on the repository: the identity lacks AcrPush, or, where rights are "
    "given "
    "by repository, Container Registry Repository Writer. Owner and Contributor do not count there."};
inline constexpr FindingKind kExchangeRefused{
    "azure.exchange-refused", error,
    "The registry does not know the identity: it has no role there, is of another tenant, or its token is for another "
    "service. What others say of a disabled admin user is their second try failing, not the cause."};
inline constexpr FindingKind kFirewall{
    "azure.firewall", error,
    "The registry refuses this machine's address, whoever asks: a firewall rule, or a private endpoint."};
inline constexpr FindingKind kRepositoryLocked{
    "azure.repository-locked", error,
    "The repository is locked against writing. A push would end with \"the operation is disallowed\"."};
inline constexpr FindingKind kTagLocked{"azure.tag-locked", error,
                                        "The tag is locked against writing, and stands for another image."};
inline constexpr FindingKind kTagMayBeLocked{
    "azure.tag-taken", warning,
    "The tag is locked against writing. Whether it stands for this very image is known once its layers are compressed: "
    "only then there is nothing to write."};
inline constexpr FindingKind kTagSame{"azure.tag-same", info,
                                      "The tag already stands for this very image: there is nothing to upload."};
inline constexpr FindingKind kRepositoryMade{"azure.repository-made", info,
                                             "The repository does not exist yet; the push makes it."};
inline constexpr FindingKind kLayerSize{"azure.layer-size", warning,
                                        "A layer is larger than what the registry takes (200 GiB)."};
inline constexpr FindingKind kNotAsked{
    "azure.not-asked", warning,
    "The registry did not say whether repository and tag are locked: the login lacks metadata_read, or it failed."};
inline constexpr FindingKind kThrottled{"azure.throttled", warning,
                                        "The registry limits the rate of questions; nothing more was asked."};

inline constexpr const FindingKind* kFindings[] = {&kMayNotPush, &kExchangeRefused, &kFirewall, &kRepositoryLocked,
                                                   &kTagLocked,  &kTagMayBeLocked,  &kTagSame,  &kRepositoryMade,
                                                   &kLayerSize,  &kNotAsked,        &kThrottled};

}  // namespace berth::azure
