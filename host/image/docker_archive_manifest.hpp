// manifest.json of a docker archive: lists its images and selects one.
// Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
#pragma once

#include <string>
#include <vector>

#include "image/tar_index.hpp"
#include "oci/descriptor.hpp"

namespace berth::image {

struct ArchivedImage {
  std::string config;               // path in the archive
  std::vector<std::string> names;   // RepoTags
  std::vector<std::string> layers;  // paths in the archive, lowest layer first
};

// Returns the canonical form of a name, with its tag; text that is not a reference is returned
// unchanged.
std::string canonical_name(const std::string& name);

// Returns the image that `selector` (NAME[:TAG], "@N" or empty) names. If several match and
// `platforms` has one element, returns that platform's. Only the selected entry is validated.
// Entries with the same config and layers are one image. Class not-found, code "source.empty";
// class integrity, code "source.archive"; other errors are those of select_image(). The caller
// handles an archive without manifest.json.
base::Result<ArchivedImage> choose_archived_image(const TarIndex& index,
                                                  const std::string& selector,
                                                  const std::vector<oci::Platform>& platforms);

// Returns the names of each image in manifest.json. Fails as choose_archived_image() does.
base::Result<std::vector<std::vector<std::string>>> archived_names(const TarIndex& index);

}  // namespace berth::image
