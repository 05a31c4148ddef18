#include "app/tagged_images.hpp"

#include "base/escape.hpp"

namespace berth::app {

base::Result<void> remove_default_tags(std::vector<Target>& targets) {
  for (auto& target : targets) {
    if (!target.default_tag || target.image.digest)
      return base::Error(base::ErrorClass::usage, "usage.all-tags",
                         "--all-tags requires a destination without a tag")
          .cause("each image is pushed under its own tag, and the destination is " +
                 target.reference())
          .fix("berth push --all-tags SOURCE " + target.name());
    target.image.tag.reset();
    target.default_tag = false;
  }
  return {};
}

std::vector<Target> with_tag(const std::vector<Target>& targets, const std::string& tag) {
  auto tagged = targets;
  for (auto& target : tagged) target.image.tag = tag;
  return tagged;
}

base::Result<std::vector<image::TaggedImage>> open_tagged(const App& app,
                                                          const PushRequest& request,
                                                          Events& events) {
  BERTH_TRY(const auto spec, image::SourceSpec::parse(request.source));
  BERTH_TRY(auto opened, image::open_tagged_images(spec, {app.cancellation, app.log,
                                                          app.environment, request.platforms}));
  for (const auto& name : opened.skipped)
    events.info("skipping " + base::quote(name) + ": it has no valid tag");
  return std::move(opened.images);
}

}  // namespace berth::app
