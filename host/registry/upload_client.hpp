// UploadClient: uploads blobs to a registry (OCI distribution-spec 1.1, "Pushing blobs"), one
// request per function. The caller chooses the requests and retries them. Part of RegistryClient,
// whose errors apply. Thread-safe; an Upload is used by one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "oci/digest.hpp"
#include "registry/authenticated_client.hpp"
#include "registry/blob_client.hpp"
#include "registry/mount_blob.hpp"
#include "registry/upload.hpp"

namespace berth::registry {

class UploadClient {
 public:
  // References must outlive this object. `options`: those of `client`; sessions are deleted with
  // shorter timeouts.
  UploadClient(AuthenticatedClient& client, BlobClient& blobs, const http::ClientOptions& options,
               base::Log& log);

  // Opens an upload session, or finds that the registry reports to have the blob. Each request is
  // sent once: the caller retries (Error::max_attempts()). With `blob`: POST with mount=DIGEST,
  // from=`repository` (end-11), which looks for the blob and opens a session in one request. 201:
  // the blob exists. 202: session opened. If the registry does not support that, in whatever way it
  // fails, HEAD (end-2) and POST (end-4a) are used, from then on for every blob. Without `blob`
  // (nullptr): POST (end-4a). With `mount_from`, another repository that may have the blob: first
  // POST with from=`mount_from`, unless MountHistory excludes it. 202: also HEAD. If it fails, the
  // blob is uploaded as without it: at most one request more.
  base::Result<UploadStart> start(std::string_view repository, const BlobName* blob,
                                  const std::string* mount_from = nullptr);

  // Each of the next three functions sends one request to the session's location and stores the
  // next location in `upload`; also the response's status if the request failed. If Location names
  // another host that cannot be used, and its path is one of the distribution API, the registry's
  // own origin is used instead, from then on for every blob. end-5: sends `source` as one PATCH
  // without Content-Length. If the source fails, its error is returned, and the session can still
  // be deleted.
  base::Result<void> patch(std::string_view repository, Upload& upload, http::BodySource& source);
  // end-5: sends the next bytes of the blob, with Content-Length and Content-Range.
  base::Result<void> patch_chunk(std::string_view repository, Upload& upload, std::string bytes);
  // end-6: closes the session with the digest. `source` is the whole blob, or nullptr if the blob
  // was sent by PATCH. If a request with more than kSmallBlob bytes is interrupted, some registries
  // cannot delete the session any more.
  base::Result<void> finish(std::string_view repository, Upload& upload, const oci::Digest& digest,
                            http::BodySource* source);

  // Deletes an upload session. Best effort, with short timeouts, also after cancellation. Returns
  // true if the registry confirmed it; some registries require an action that a token for pushing
  // does not include.
  bool cancel(std::string_view repository, const Upload& upload) noexcept;

  // For a plugin: checks for push access by opening a session (end-4a) and deleting it. Some
  // registries create the repository for it.
  base::Result<void> check_push_permission(std::string_view repository);

 private:
  base::Result<UploadStart> opened(const http::Response& response,
                                   std::string_view repository) const;
  base::Result<std::optional<UploadStart>> try_mount(std::string_view repository,
                                                     const BlobName& blob, const std::string& from);
  base::Result<std::optional<UploadStart>> try_find(std::string_view repository,
                                                    const BlobName& blob);
  base::Result<std::string> next_location(const http::Response& response,
                                          std::string_view repository) const;
  base::Result<void> advance(Upload& upload, const http::Response& response,
                             std::string_view repository, std::uint64_t sent) const;
  base::Result<http::Response> send_to(Upload& upload, http::Request& request,
                                       std::string_view repository, const oci::Digest* digest);
  base::Error rejected(const http::Response& response, http::Method method,
                       std::string_view repository);

  AuthenticatedClient& client_;
  BlobClient& blobs_;
  base::Cancellation never_;  // deletion continues after cancellation, with its own limits
  http::ClientPool cleanup_pool_;
  std::atomic<bool> mount_refused_{false};  // from the repository itself
  MountHistory mounts_;                     // from others
  std::atomic<bool> foreign_locations_fail_{
      false};  // Location names a host that clients cannot use
};

}  // namespace berth::registry
