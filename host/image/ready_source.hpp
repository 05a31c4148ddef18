// A source whose manifest is complete: an OCI layout, in a directory or an archive. Goes up byte for byte.
#pragma once

#include <memory>

#include "image/blob_folder.hpp"
#include "image/source.hpp"

namespace berth::image {

// The image that `root` describes, with everything below it that `platforms` asks for (empty: all).
base::Result<std::unique_ptr<Source>> ready_source(std::unique_ptr<BlobFolder> folder, const oci::Descriptor& root,
                                                   const std::vector<oci::Platform>& platforms);

// The entry of index.json that `selector` names (empty: the only one).
base::Result<std::unique_ptr<Source>> layout_source(std::unique_ptr<BlobFolder> folder, const std::string& selector,
                                                    const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
