// Opens sources.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "image/source.hpp"
#include "image/source_context.hpp"
#include "image/source_spec.hpp"

namespace berth::image {

// Opens a source of any transport except docker, which registry_source.hpp opens. Class usage, code
// "source.ambiguous": several images and no selector; lists them. Class not-found: no image matches
// the selector; lists the images. Class integrity: the archive is truncated, or its content does
// not match its digests.
base::Result<std::unique_ptr<Source>> open_source(const SourceSpec& spec,
                                                  const SourceContext& context);

struct TaggedImage {
  std::string tag;
  std::unique_ptr<Source> source;
};

struct TaggedImages {
  std::vector<TaggedImage> images;   // at least one
  std::vector<std::string> skipped;  // names that have no valid tag
};

// Opens every named image of an archive or a layout; the archive is read, or decompressed, once.
// Class usage, code "usage.all-tags": the source names one image, or is of another transport.
// Other errors are those of find_image_tags() and open_source().
base::Result<TaggedImages> open_tagged_images(const SourceSpec& spec, const SourceContext& context);

}  // namespace berth::image
