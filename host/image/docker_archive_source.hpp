// A source that holds a config and uncompressed layers: what docker and podman save as docker-archive.
// manifest.json lists the images; where the archive is also an OCI layout with compressed layers (a containerd store),
// that manifest goes up byte for byte instead.
#pragma once

#include <memory>

#include "image/source.hpp"
#include "image/tar_index.hpp"

namespace berth::image {

// `selector`: NAME[:TAG], "@N", or empty.
base::Result<std::unique_ptr<Source>> docker_archive_source(const TarIndex& index, const std::string& selector,
                                                            const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
