// A source whose manifest is complete: an OCI layout, in a directory or an archive. Uploaded byte
// for byte.
#pragma once

#include <memory>

#include "image/layout_reader.hpp"
#include "image/source.hpp"

namespace berth::image {

// Opens the image that `root` describes, with everything below it that `platforms` select (empty:
// all). All of its manifests must exist: class integrity, code "source.missing". Other errors are
// those of walk_image().
base::Result<std::unique_ptr<Source>> ready_source(std::unique_ptr<LayoutReader> directory,
                                                   const oci::Descriptor& root,
                                                   const std::vector<oci::Platform>& platforms);

// Opens the image in index.json that `selector` names (select_image()), or "@DIGEST" of a manifest
// below an index. If index.json is itself the index of one image, an empty selector names that.
base::Result<std::unique_ptr<Source>> layout_source(std::unique_ptr<LayoutReader> directory,
                                                    const std::string& selector,
                                                    const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
