// ManifestClient: reads and stores manifests of a registry (OCI distribution-spec 1.1, "Pulling
// manifests" and "Pushing Manifests"). Part of RegistryClient, whose errors apply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.hpp"
#include "registry/authenticated_client.hpp"

namespace berth::registry {

// What a registry reported about a manifest in its response to HEAD or PUT.
struct ManifestInfo {
  std::optional<oci::Digest>
      digest;  // of Docker-Content-Digest, else (PUT) of Location; std::nullopt if in neither
  std::string media_type;
  std::uint64_t size = 0;
  bool created = false;  // PUT: 201
};

struct FetchedManifest {
  std::string bytes;
  std::string media_type;
  oci::Digest digest;  // computed from the bytes
};

// The outcome of a deletion.
enum class Deletion {
  deleted,
  not_found,
  unsupported,  // the registry does not delete manifests; or, of a tag, deletes only by digest
};

struct DeletionResult {
  Deletion outcome = Deletion::deleted;
  std::string registry_message = {};  // if it is unsupported
};

// Returns the value of Accept for manifests.
std::string accepted_manifests();

// In all functions, `reference` is a tag or a digest.
class ManifestClient {
 public:
  // `client` must outlive this object.
  explicit ManifestClient(AuthenticatedClient& client) : client_(client) {}

  // end-3 (HEAD). Returns std::nullopt if the manifest does not exist.
  base::Result<std::optional<ManifestInfo>> head(std::string_view repository,
                                                 std::string_view reference,
                                                 Need need = Need::required);
  // end-3 (GET). Returns std::nullopt if the manifest does not exist. Bytes that do not match the
  // requested digest, or the one that the registry reports, are class integrity, code
  // "registry.manifest-digest".
  base::Result<std::optional<FetchedManifest>> fetch(std::string_view repository,
                                                     std::string_view reference,
                                                     Need need = Need::required);
  // end-7. If the first response was lost and the registry refuses the repeated request, succeeds
  // if the manifest exists. Error code "push.manifest-refused": the registry may not accept the
  // media type.
  base::Result<ManifestInfo> put(std::string_view repository, std::string_view reference,
                                 std::string_view media_type, std::string_view bytes);

  // end-9. A tag is deleted without its manifest; a manifest with all of its tags. Deleting it
  // again after a lost response is not an error. Class denied, code "delete.manifest-denied"; class
  // server, codes "delete.manifest-…".
  base::Result<DeletionResult> remove(std::string_view repository, std::string_view reference);

 private:
  // Returns whether `reference` points to these bytes; false if that is not known.
  bool stores(std::string_view repository, std::string_view reference, std::string_view bytes);

  AuthenticatedClient& client_;
};

}  // namespace berth::registry
