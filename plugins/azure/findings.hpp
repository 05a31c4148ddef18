// The findings of the flavor azure.
#pragma once

#include "common/finding.hpp"
#include "common/shared_findings.hpp"

namespace berth::azure {

inline constexpr char kFlavor[] = "azure";
using Shared = common::SharedFindings<kFlavor>;
inline constexpr const FindingKind& kTagSame = Shared::tag_same;

inline constexpr FindingKind kUri{
    "azure.uri", error, "The URI does not name a login server of Azure Container Registry."};
inline constexpr FindingKind kLoginServer{
    "azure.login-server", error,
    "The setting login_server is not a login server of Azure Container Registry."};
inline constexpr FindingKind kMayNotPush{
    "azure.may-not-push", error,
    "The registry's token does not grant push on the repository: the identity lacks AcrPush, or, "
    "where permissions are "
    "assigned by repository (ABAC), Container Registry Repository Writer. Owner and Contributor do "
    "not count there."};
inline constexpr FindingKind kExchangeRefused{
    "azure.exchange-refused", error,
    "The registry rejected the identity: it has no role there, is of another tenant, or its token "
    "is for another "
    "service. A message of other tools about a disabled admin user is about their second attempt, "
    "not the cause."};
inline constexpr FindingKind kFirewall{"azure.firewall", error,
                                       "The registry rejects this machine's address, with any "
                                       "credentials: a firewall rule, or a private endpoint."};
inline constexpr FindingKind kRepositoryLocked{"azure.repository-locked", error,
                                               "The repository is locked against writing. A push "
                                               "would end with \"the operation is disallowed\"."};
inline constexpr FindingKind kTagLocked{
    "azure.tag-locked", error, "The tag is locked against writing, and points to another image."};
inline constexpr FindingKind kTagMayBeLocked{
    "azure.tag-taken", warning,
    "The tag is locked against writing. Whether it points to the same image is known once its "
    "layers are compressed: "
    "only then does the push succeed."};
inline constexpr FindingKind kRepositoryMade{
    "azure.repository-made", info, "The repository does not exist yet; the push creates it."};
inline constexpr FindingKind kLayerSize{
    "azure.layer-size", warning, "A layer is larger than what the registry accepts (200 GiB)."};
inline constexpr FindingKind kNotAsked{"azure.not-asked", warning,
                                       "Whether repository and tag are locked is not known: the "
                                       "credentials lack metadata_read, or the request failed."};
inline constexpr FindingKind kThrottled{
    "azure.throttled", warning, "The registry limits the rate of requests; no more were sent."};

inline constexpr const FindingKind* kFindings[] = {
    &kUri,       &kLoginServer,    &kMayNotPush, &kExchangeRefused, &kFirewall,  &kRepositoryLocked,
    &kTagLocked, &kTagMayBeLocked, &kTagSame,    &kRepositoryMade,  &kLayerSize, &kNotAsked,
    &kThrottled};

}  // namespace berth::azure
