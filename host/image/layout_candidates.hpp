// The images of an OCI layout, as candidates for a selection.
#pragma once

#include <vector>

#include "image/image_documents.hpp"
#include "image/layout_index.hpp"
#include "image/selection.hpp"

namespace berth::image {

// Returns one candidate for each entry of index.json.
std::vector<Candidate> layout_candidates(const std::vector<LayoutEntry>& entries);

// Reads the entry's platforms, kind, artifact type and subject. What cannot be read stays unknown.
void describe_entry(ImageDocuments& documents, PlatformCache& platforms,
                    const oci::Descriptor& entry, Candidate& candidate);

// Returns whether index.json itself is the index of one image: entries without names, with one
// platform each (layouts of `crane pull --format=oci`, ko and apko). `candidates` must have been
// described.
bool is_image_index(const std::vector<Candidate>& candidates);

}  // namespace berth::image
