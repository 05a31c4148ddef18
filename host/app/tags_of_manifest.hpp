// Finds the tags of a repository that point to a manifest.
#pragma once

#include <string>
#include <vector>

#include "app/app.hpp"
#include "oci/digest.hpp"
#include "registry/registry_client.hpp"

namespace berth::app {

// Lists all tags, and requests the digest of each (HEAD), in parallel. Returns those that point to
// `digest`, in the registry's order. The distribution API has no other way to find them. Errors:
// those of TagClient::list() and ManifestClient::head().
base::Result<std::vector<std::string>> tags_of_manifest(const App& app,
                                                        registry::RegistryClient& client,
                                                        const std::string& repository,
                                                        const oci::Digest& digest);

}  // namespace berth::app
