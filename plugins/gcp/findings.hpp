// The findings of the flavor gcp.
#pragma once

#include "common/finding.hpp"
#include "common/shared_findings.hpp"

namespace berth::gcp {

inline constexpr char kFlavor[] = "gcp";
using Shared = common::SharedFindings<kFlavor>;
inline constexpr const FindingKind& kTagSame = Shared::tag_same;
inline constexpr const FindingKind& kTagImmutable = Shared::tag_immutable;
inline constexpr const FindingKind& kTagMayBeImmutable = Shared::tag_conflict;
inline constexpr const FindingKind& kRepositoryMade = Shared::repository_created;

inline constexpr FindingKind kUri{"gcp.uri", error,
                                  "The URI does not name a container registry of Google."};
inline constexpr FindingKind kPath{"gcp.path", error,
                                   "The path has too few parts: below pkg.dev it is "
                                   "PROJECT/REPOSITORY/IMAGE, below gcr.io PROJECT/IMAGE."};
inline constexpr FindingKind kId{
    "gcp.id", warning,
    "The project's or the repository's id breaks the rules for ids, so it probably does "
    "not exist."};
inline constexpr FindingKind kMarketplace{"gcp.marketplace", warning,
                                          "marketplace.gcr.io is Google's own. Images that are "
                                          "published there are pushed to a project first."};
inline constexpr FindingKind kRepositoryMissing{
    "gcp.repository-missing", error,
    "The repository does not exist in that project and location, and create_repository is not set. "
    "Google would reject "
    "the push as if a permission were missing."};
inline constexpr FindingKind kRepositoryNotMade{
    "gcp.repository-not-made", error,
    "The repository does not exist, and could not be created for create_repository."};
inline constexpr FindingKind kRepositoryOnPush{
    "gcp.repository-on-push", warning,
    "The repository of that gcr.io host does not exist. The first push creates it if the "
    "credentials have "
    "roles/artifactregistry.createOnPushWriter, and fails otherwise."};
inline constexpr FindingKind kFormat{"gcp.format", error,
                                     "The repository is for packages of another format."};
inline constexpr FindingKind kMode{
    "gcp.mode", warning,
    "The repository is remote or virtual. Only standard repositories store what is "
    "pushed."};
inline constexpr FindingKind kMayNotPush{
    "gcp.may-not-push", error,
    "The credentials lack artifactregistry.repositories.uploadArtifacts, which "
    "roles/artifactregistry.writer has."};
inline constexpr FindingKind kMayNotTag{
    "gcp.may-not-tag", warning,
    "The credentials permit uploads, but lack a permission to create or move tags."};
inline constexpr FindingKind kNoToken{"gcp.no-token", warning,
                                      "No credentials of Google are set up, so its API could not "
                                      "be called. The push uses what docker's files hold for "
                                      "that host, if anything."};
inline constexpr FindingKind kCredentials{
    "gcp.credentials", warning,
    "A source of Google's credentials is broken, or Google rejected them, so its API could not be "
    "called. It is not "
    "replaced by a later source: the push goes on only with credentials that come before it, such "
    "as BERTH_PASSWORD."};
inline constexpr FindingKind kLogIn{
    "gcp.log-in", warning, "The organization requires the user to reauthenticate (invalid_rapt)."};
inline constexpr FindingKind kClock{"gcp.clock", warning,
                                    "This machine's clock differs from Google's by more than five "
                                    "minutes, which invalidates signatures."};
inline constexpr FindingKind kTokenRefused{"gcp.token-refused", warning,
                                           "Artifact Registry's API rejected the access token."};
inline constexpr FindingKind kScopes{"gcp.scopes", warning,
                                     "The access token is valid only for other services of Google, "
                                     "like those of instances with the default scopes."};
inline constexpr FindingKind kApiDisabled{"gcp.api-disabled", warning,
                                          "Artifact Registry is disabled in the project."};
inline constexpr FindingKind kNotAllowedToAsk{
    "gcp.not-allowed-to-ask", warning,
    "The credentials lack artifactregistry.repositories.get, so the repository's settings are not "
    "known. If they "
    "have no permission on it at all, the response does not show whether it exists."};
inline constexpr FindingKind kUnreachable{"gcp.unreachable", warning,
                                          "Artifact Registry's API did not respond."};
inline constexpr FindingKind kThrottled{"gcp.throttled", warning,
                                        "Google limits the rate of requests to its API."};

inline constexpr const FindingKind* kFindings[] = {&kUri,
                                                   &kPath,
                                                   &kId,
                                                   &kMarketplace,
                                                   &kRepositoryMissing,
                                                   &kRepositoryMade,
                                                   &kRepositoryNotMade,
                                                   &kRepositoryOnPush,
                                                   &kFormat,
                                                   &kMode,
                                                   &kMayNotPush,
                                                   &kMayNotTag,
                                                   &kTagImmutable,
                                                   &kTagMayBeImmutable,
                                                   &kTagSame,
                                                   &kNoToken,
                                                   &kCredentials,
                                                   &kLogIn,
                                                   &kClock,
                                                   &kTokenRefused,
                                                   &kScopes,
                                                   &kApiDisabled,
                                                   &kNotAllowedToAsk,
                                                   &kUnreachable,
                                                   &kThrottled};

}  // namespace berth::gcp
