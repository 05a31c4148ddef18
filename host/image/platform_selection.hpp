// Selects entries of an index by platform.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "image/image_documents.hpp"

namespace berth::image {

struct PlatformSelection {
  std::vector<oci::Descriptor> images;  // the selected ones, each digest once
  std::set<std::string>
      kept;  // digests of everything to keep: the images, and the entries that refer to them
  std::set<std::string> companions;  // attestations and artifacts among `kept`
};

// Selects the images of `index`, including those of nested indexes, that `platforms` request. An
// entry without a platform has its config's. If a platform is missing: class not-found, code
// "source.no-platform", which lists the available ones.
base::Result<PlatformSelection> select_platforms(DocumentReader& reader, const std::string& place,
                                                 const oci::Index& index,
                                                 const std::vector<oci::Platform>& platforms);

// Returns the error of class not-found, code "source.no-platform": `place` has images only for
// `available`.
base::Error no_platform(const std::string& place, const oci::Platform& requested,
                        const std::vector<std::optional<oci::Platform>>& available);

// Returns the digest of the image that a BuildKit attestation describes; nullptr if the entry is
// not an attestation.
const std::string* described_image(const oci::Descriptor& entry);

// Returns whether the entry is an index without its own platform: its entries have the platforms.
bool is_nested_index(const oci::Descriptor& entry);

}  // namespace berth::image
