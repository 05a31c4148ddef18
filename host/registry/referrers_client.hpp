// ReferrersClient: lists the manifests that refer to a manifest by their subject: signatures,
// SBOMs, attestations (OCI distribution-spec 1.1, "Listing Referrers" and "Unavailable Referrers
// API"). Part of RegistryClient, whose errors apply.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.hpp"
#include "registry/authenticated_client.hpp"
#include "registry/manifest_client.hpp"

namespace berth::registry {

enum class ReferrersSource {
  api,         // GET /v2/NAME/referrers/DIGEST
  tag_schema,  // the index of the tag ALGORITHM-HEX; also if that does not exist
};

struct Referrers {
  std::vector<oci::Descriptor> descriptors;
  ReferrersSource source = ReferrersSource::api;
};

// Returns the tag of the referrers tag schema: "sha256-HEX".
std::string referrers_tag(const oci::Digest& digest);

class ReferrersClient {
 public:
  // The references must outlive this object.
  ReferrersClient(AuthenticatedClient& client, ManifestClient& manifests)
      : client_(client), manifests_(manifests) {}

  // end-12a; if the registry does not implement it (404, 405, or a response that is not an index),
  // the tag schema. A tag of that name that is not an index has no referrers. Class server, code
  // "registry.referrers-malformed", and those of PageReader.
  base::Result<Referrers> list(std::string_view repository, const oci::Digest& digest);

 private:
  base::Result<Referrers> list_by_tag(std::string_view repository, const oci::Digest& digest);

  AuthenticatedClient& client_;
  ManifestClient& manifests_;
};

}  // namespace berth::registry
