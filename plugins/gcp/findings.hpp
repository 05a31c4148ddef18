// Everything that the flavor gcp finds.
#pragma once

#include "cloud/finding.hpp"

namespace berth::gcp {

inline constexpr FindingKind kPath{
    "gcp.path", error,
    "The path has too few parts: below pkg.dev it is PROJECT/REPOSITORY/IMAGE, below gcr.io PROJECT/IMAGE."};
inline constexpr FindingKind kId{"gcp.id", warning,
                                 "The project's or the repository's id breaks the rules for them, so that "
                                 "there is probably none of that name."};
inline constexpr FindingKind kMarketplace{
    "gcp.marketplace", warning, "marketplace.gcr.io is Google's own; who publishes there pushes to a project first."};
inline constexpr FindingKind kRepositoryMissing{
    "gcp.repository-missing", error,
    "The repository does not exist in that project and location, and create_repository is not set. A push would be "
    "answered with a permission that is denied."};
inline constexpr FindingKind kRepositoryMade{
    "gcp.repository-made", info,
    "The repository does not exist yet; this push makes it, because create_repository is set."};
inline constexpr FindingKind kRepositoryNotMade{"gcp.repository-not-made", error,
                                                "The repository was to be made, and Google did not."};
inline constexpr FindingKind kRepositoryOnPush{
    "gcp.repository-on-push", warning,
    "The repository of that gcr.io host does not exist yet. The first push makes it where the login has "
    "roles/artifactregistry.createOnPushWriter, and fails where it has not."};
inline constexpr FindingKind kFormat{"gcp.format", error, "The repository holds packages of another kind."};
inline constexpr FindingKind kMode{
    "gcp.mode", warning, "The repository is a remote or a virtual one, which do not take images by themselves."};
inline constexpr FindingKind kMayNotPush{
    "gcp.may-not-push", error,
    "The login lacks artifactregistry.repositories.uploadArtifacts, which roles/artifactregistry.writer has."};
inline constexpr FindingKind kMayNotTag{"gcp.may-not-tag", warning,
                                        "The login may upload, but lacks a permission to make or to move tags."};
inline constexpr FindingKind kTagImmutable{
    "gcp.tag-immutable", error, "The tag exists, the repository's tags may not be moved, and it is another image."};
inline constexpr FindingKind kTagMayBeImmutable{
    "gcp.tag-taken", warning,
    "The tag exists and may not be moved. Whether it stands for this very image is known once its layers are "
    "compressed: only then the push succeeds."};
inline constexpr FindingKind kTagSame{"gcp.tag-same", info,
                                      "The tag already stands for this very image: there is nothing to upload."};
inline constexpr FindingKind kNoToken{
    "gcp.no-token", warning,
    "No credentials of Google were found, so that nothing could be asked of it. The push goes on with what docker's "
    "files hold for that host, if anything."};
inline constexpr FindingKind kCredentials{
    "gcp.credentials", warning,
    "A source of credentials is broken, or Google did not take them, so that nothing could be asked of it. The push "
    "needs another login."};
inline constexpr FindingKind kLogIn{"gcp.log-in", warning,
                                    "The organisation wants the user to log in again (invalid_rapt)."};
inline constexpr FindingKind kClock{
    "gcp.clock", warning,
    "This machine's clock is more than five minutes from Google's, which makes its keys invalid."};
inline constexpr FindingKind kTokenRefused{"gcp.token-refused", warning,
                                           "Artifact Registry did not take the access token."};
inline constexpr FindingKind kScopes{
    "gcp.scopes", warning,
    "The access token is for other services of Google alone, as those of instances with the default scopes are."};
inline constexpr FindingKind kApiDisabled{"gcp.api-disabled", warning,
                                          "Artifact Registry is not switched on in the project."};
inline constexpr FindingKind kNotAllowedToAsk{
    "gcp.not-allowed-to-ask", warning,
    "These credentials may not see the repository, or it does not exist: Google does not say which."};
inline constexpr FindingKind kUnreachable{"gcp.unreachable", warning, "Artifact Registry's interface did not answer."};
inline constexpr FindingKind kThrottled{"gcp.throttled", warning,
                                        "Google limits the rate of questions; nothing more was asked."};

inline constexpr const FindingKind* kFindings[] = {&kPath,
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
