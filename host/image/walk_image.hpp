// walk_image: collects everything that an image consists of: its manifests, children first, and
// each blob once. Entries of an index may have any type: nested indexes, manifests, artifacts, or
// plain blobs (a BuildKit cache). Not stricter than registries.
#pragma once

#include <vector>

#include "image/image_documents.hpp"
#include "image/source.hpp"

namespace berth::image {

// Returns the image that `root` describes, with everything below it that `platforms` select (empty:
// all). If `platforms` select one image, its own manifest is pushed. If they select several, an
// index is created with the selected entries and the attestations and artifacts that refer to them;
// if these are all entries, the index is unchanged. Manifests below an index that the source does
// not have are in ReadyImage::absent. What is left out is in ReadyImage::notices. Class not-found,
// code "source.no-platform". Class integrity, codes "source.missing" (the root), "source.blob",
// "manifest.…". Class validation, codes "source.not-an-image", "source.too-deep", "manifest.…".
base::Result<ReadyImage> walk_image(ImageDocuments& documents, const oci::Descriptor& root,
                                    const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
