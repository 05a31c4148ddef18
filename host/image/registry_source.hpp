// A source for images in a registry of the distribution API. Uploaded byte for byte; blobs are
// fetched while they are uploaded, through a bounded pipe, and verified.
#pragma once

#include <memory>
#include <vector>

#include "image/source.hpp"
#include "oci/reference.hpp"
#include "registry/registry_client.hpp"

namespace berth::image {

// Opens the image that `reference` names (by digest, else tag, else latest) at the host of
// `client`, and reads its manifests. `client` is shared with the threads that fetch. Class
// not-found, code "source.no-image"; class integrity if the registry returns other content, or an
// image of Docker's schema 1; other errors are those of Session.
base::Result<std::unique_ptr<Source>> registry_source(
    std::shared_ptr<registry::RegistryClient> client, const oci::Reference& reference,
    const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
