// The tags of the images in an archive or a layout, to push each under its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/selection.hpp"

namespace berth::image {

struct ImageTag {
  std::string tag;
  std::string selector;  // the image's name, for select_image()
};

struct ImageTags {
  std::vector<ImageTag> tags;        // in the order of the candidates
  std::vector<std::string> skipped;  // names that have no valid tag
};

// How a name without a colon is read.
enum class BareName {
  repository,  // "app" is app:latest, as in docker archives
  tag,         // "1.2" is a tag, as in OCI layouts
};

// Returns each tag of the named candidates once. Class usage, code "source.ambiguous": two images
// of different names have the same tag; class not-found, code "source.no-image": none has a tag.
base::Result<ImageTags> find_image_tags(const std::vector<Candidate>& candidates, BareName bare,
                                        const std::string& place);

}  // namespace berth::image
