// walk_image: from the descriptor of an image to everything that it consists of: manifests, children first, and each
// blob once. Entries of an index may be of any type: nested indexes, manifests, artifacts, or plain blobs (a BuildKit
// cache). Nothing is required that a registry does not require.
#pragma once

#include <vector>

#include "image/image_documents.hpp"
#include "image/source.hpp"

namespace berth::image {

// Returns the image that `root` describes, with everything below it that `platforms` select (empty: all).
//
// With platforms, one selected image is pushed as its own manifest; of several, an index is written that has the
// selected entries and the attestations and artifacts that refer to them, or the index itself if that is all of it.
// Manifests below an index that the source does not have are listed in ReadyImage::absent. What is left out is in
// ReadyImage::notices.
//
// Class not-found, code "source.no-platform". Class integrity, codes "source.missing" (the root), "source.blob",
// "manifest.…". Class validation, codes "source.not-an-image", "source.too-deep", "manifest.…".
base::Result<ReadyImage> walk_image(ImageDocuments& documents, const oci::Descriptor& root,
                                    const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
