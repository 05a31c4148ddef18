// BlobClient: reads blobs of a registry (OCI distribution-spec 1.1, "Pulling blobs"). Part of
// RegistryClient, whose errors apply.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "oci/descriptor.hpp"
#include "registry/authenticated_client.hpp"

namespace berth::registry {

// A blob that the registry may have.
struct BlobName {
  const oci::Digest& digest;  // must outlive this object
  std::uint64_t size = 0;
};

class BlobClient {
 public:
  // `client` must outlive this object.
  explicit BlobClient(AuthenticatedClient& client) : client_(client) {}

  // end-2 (HEAD). Returns the blob's size in bytes, 0 if the registry does not report it;
  // std::nullopt if the blob does not exist. A response for another digest is class integrity, code
  // "registry.blob-digest".
  base::Result<std::optional<std::uint64_t>> size(std::string_view repository,
                                                  const oci::Digest& digest,
                                                  Need need = Need::required);
  // The same, sent once and with the timeout of a commit: returns whether the registry reports that
  // it has the blob. A blob of another size counts as missing. An error means that it is not known.
  base::Result<bool> is_reported(std::string_view repository, const BlobName& blob);
  // Returns whether the registry returns the first byte of a blob that it reports to have (end-2,
  // GET with Range). HEAD and mounts may be served from a cache that outlived the blob
  // (distribution/distribution#4569). False only if the bytes are shown to be missing; true also if
  // it is not known, for example because reading is denied.
  bool is_readable(std::string_view repository, const BlobName& blob);
  // end-2 (GET). Writes the blob to `sink`; the caller computes its digest. More bytes than the
  // descriptor's size are class integrity, code "registry.blob-size".
  base::Result<void> fetch(std::string_view repository, const oci::Descriptor& blob,
                           http::BodySink& sink);

 private:
  base::Result<std::optional<std::uint64_t>> head(http::Request request,
                                                  std::string_view repository,
                                                  const oci::Digest& digest, Need need);

  AuthenticatedClient& client_;
};

}  // namespace berth::registry
