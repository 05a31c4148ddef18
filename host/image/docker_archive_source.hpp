// A source for docker archives (docker save, podman save, skopeo, BuildKit, kaniko, jib, bazel, nix
// …): the config and layers that manifest.json lists, or the OCI manifest that an image store put
// next to it (store_manifest.hpp).
#pragma once

#include <memory>

#include "base/log.hpp"
#include "image/source.hpp"
#include "image/tar_index.hpp"

namespace berth::image {

// `selector`: NAME[:TAG], "@N", or empty. Class integrity, codes "source.archive", "source.config",
// "source.missing", "source.truncated", "source.sparse", "config.invalid"; class usage, code
// "source.compression", if a layer's compression is not supported; class not-found, code
// "source.no-platform". Without manifest.json, fails as explain_no_image(); other errors are those
// of select_image().
base::Result<std::unique_ptr<Source>> docker_archive_source(
    const TarIndex& index, const std::string& selector, const std::vector<oci::Platform>& platforms,
    base::Log& log);

}  // namespace berth::image
