// Selects entries of an index by platform.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "image/image_documents.hpp"

namespace berth::image {

struct PlatformSelection {
  std::vector<oci::Descriptor> images;  // the selected ones, each digest once
  std::set<std::string> kept;           // digests of everything to keep: the images, and what refers to them
  std::set<std::string> companions;     // attestations and artifacts among these
};

// Selects the images of `index`, those of nested indexes included, that `platforms` request. An entry without a
// platform has that of its config. Every platform must be there: class not-found, code "source.no-platform", which
// lists what is there.
base::Result<PlatformSelection> select_platforms(DocumentReader& reader, const std::string& place,
                                                 const oci::Index& index, const std::vector<oci::Platform>& platforms);

// Class not-found, code "source.no-platform": `place` has images for `available` only.
base::Error no_platform(const std::string& place, const oci::Platform& requested,
                        const std::vector<std::optional<oci::Platform>>& available);

// The digest of the image that an attestation of BuildKit describes; nullptr if the entry is something else.
const std::string* described_image(const oci::Descriptor& entry);

// Whether the platforms of an entry are those of the index that it is.
bool is_nested_index(const oci::Descriptor& entry);

}  // namespace berth::image
