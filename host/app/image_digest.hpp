// The digest of an image, without reading the image if the registry reports it.
#pragma once

#include "app/open_image_reader.hpp"

namespace berth::app {

struct ImageDigestReport {
  std::string reference;
  ImageRoot root;
};

// `request.digest_only` is set by it. Errors: those of open_image_reader() and ImageReader::root().
base::Result<ImageDigestReport> image_digest(const App& app, ReadImageRequest request,
                                             Events& events);

}  // namespace berth::app
