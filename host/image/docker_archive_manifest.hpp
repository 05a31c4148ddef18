// manifest.json of a docker archive: which images it has, and which one is meant.
// Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
#pragma once

#include <string>
#include <vector>

#include "image/tar_index.hpp"
#include "oci/descriptor.hpp"

namespace berth::image {

struct ArchivedImage {
  std::string config;               // a file of the archive
  std::vector<std::string> names;   // RepoTags
  std::vector<std::string> layers;  // files of the archive, from the base up
};

// The canonical form of a name, with its tag; what is not a reference stays as it is.
std::string canonical_name(const std::string& name);

// The image that `selector` (NAME[:TAG], "@N" or empty) names; if several are left and `platforms` is one, that of this
// platform. Only that image's entry is validated. Entries of the same config and layers are one image. Class not-found,
// code "source.empty"; class integrity, code "source.archive"; otherwise fails as select_image(). An archive without
// manifest.json is the caller's to explain.
base::Result<ArchivedImage> choose_archived_image(const TarIndex& index, const std::string& selector,
                                                  const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
