// Finds the OCI manifest that an image store put next to manifest.json in a docker archive (docker
// 25 and later, containerd, nerdctl, BuildKit). Its layers are compressed; it is uploaded byte for
// byte, so that digests, signatures and pins stay valid. It is optional: if it is invalid or
// differs from manifest.json, it is ignored.
#pragma once

#include <memory>

#include "base/log.hpp"
#include "image/docker_archive_manifest.hpp"
#include "image/source.hpp"

namespace berth::image {

// One image, as described by manifest.json and its config.
struct DescribedImage {
  ArchivedImage archived;
  oci::Digest config_digest;
  std::size_t layers = 0;                 // number of diff IDs in the config
  std::optional<oci::Platform> platform;  // in the config
};

// Returns the image of index.json that matches `image`: one of its manifests has that config and,
// as layers, the files that manifest.json lists; all blobs exist and are compressed as their media
// types require. Without `platforms`: the whole index if it is complete, else that manifest; then
// `log` gets a warning with the platforms that are left out. With `platforms`: that manifest if
// only its platform is requested, else the index reduced to the platforms. nullptr if no image
// matches, or if its layers are not compressed.
std::unique_ptr<Source> find_store_image(const TarIndex& index, const DescribedImage& image,
                                         const std::vector<oci::Platform>& platforms,
                                         base::Log& log);

}  // namespace berth::image
