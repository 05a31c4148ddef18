// The OCI manifest that an image store puts next to manifest.json in a docker archive (docker 25 and later, containerd,
// nerdctl, BuildKit). Its layers are compressed; it is sent byte for byte, so that digests, signatures and pins hold.
// It is an addition: if anything is wrong with it, or does not agree with manifest.json, there is none.
#pragma once

#include <memory>

#include "image/docker_archive_manifest.hpp"
#include "image/source.hpp"

namespace berth::image {

// One image, as manifest.json and the config that it names describe it.
struct DescribedImage {
  ArchivedImage archived;
  oci::Digest config_digest;
  std::size_t layers = 0;                 // as many as the config has diff IDs
  std::optional<oci::Platform> platform;  // of the config
};

// Returns the image of index.json that agrees with `image`: one of its manifests has that config and, as layers, the
// files that manifest.json lists; all blobs are there and are packed as their media types require.
// Without `platforms`: the whole index if all of it is there, else that manifest; `log` gets a warning that names the
// platforms that are left out. With `platforms`: that manifest if they ask for its platform only, else the index
// reduced to them. nullptr if there is none, or if its layers are not compressed.
std::unique_ptr<Source> find_store_image(const TarIndex& index, const DescribedImage& image,
                                         const std::vector<oci::Platform>& platforms, base::Log& log);

}  // namespace berth::image
