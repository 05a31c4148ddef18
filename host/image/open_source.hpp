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

}  // namespace berth::image
