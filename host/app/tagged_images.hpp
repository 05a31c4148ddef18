// --all-tags: every named image of a source is pushed under its own tag.
#pragma once

#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/push_request.hpp"
#include "app/target.hpp"
#include "image/open_source.hpp"

namespace berth::app {

// Removes the tag that was added to destinations without one. Class usage, code "usage.all-tags",
// if a destination has a tag or a digest.
base::Result<void> remove_default_tags(std::vector<Target>& targets);

// The destinations of the image with that tag.
std::vector<Target> with_tag(const std::vector<Target>& targets, const std::string& tag);

// Opens the images of the source, and reports names that are not pushed. Errors: those of
// image::open_tagged_images().
base::Result<std::vector<image::TaggedImage>> open_tagged(const App& app,
                                                          const PushRequest& request,
                                                          Events& events);

}  // namespace berth::app
