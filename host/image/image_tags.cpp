#include "image/image_tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/escape.hpp"
#include "oci/grammar.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

// The tag of "app:1", "docker.io/library/app:1", and of names without a colon as `bare` reads them.
std::optional<std::string> tag_in_name(const std::string& name, BareName bare) {
  if (name.find('@') != std::string::npos) return std::nullopt;
  const auto slash = name.rfind('/');
  const auto colon = name.rfind(':');
  std::string tag = "latest";
  if (colon != std::string::npos && (slash == std::string::npos || colon > slash))
    tag = name.substr(colon + 1);
  else if (bare == BareName::tag)
    tag = name;
  if (!oci::check_tag(tag)) return std::nullopt;
  return tag;
}

// An image that a tag names.
struct Named {
  std::string name;
  std::string identity;
};

Error same_tag(const std::string& place, const std::string& tag, const Named& one,
               const Named& other) {
  return Error(ErrorClass::usage, "source.ambiguous",
               fmt::format("two images in {} have the tag {}", place, tag))
      .cause(fmt::format("{} and {}", base::escape(one.name), base::escape(other.name)))
      .fix("omit --all-tags, and push each of them by its name");
}

}  // namespace

base::Result<ImageTags> find_image_tags(const std::vector<Candidate>& candidates, BareName bare,
                                        const std::string& place) {
  ImageTags found;
  std::map<std::string, Named> seen;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    for (const auto& name : candidates[i].names) {
      const auto tag = tag_in_name(name, bare);
      if (!tag) {
        found.skipped.push_back(name);
        continue;
      }
      const auto& identity = candidates[i].identity;
      const Named named{name, identity.empty() ? std::to_string(i) : identity};
      const auto [first, is_new] = seen.emplace(*tag, named);
      const auto& [first_name, first_identity] = first->second;
      // One name of several images, such as those of several platforms, is selected later.
      if (!is_new && first_identity != named.identity && first_name != name)
        return same_tag(place, *tag, first->second, named);
      if (is_new) found.tags.push_back({*tag, name});
    }
  if (!found.tags.empty()) return found;
  return Error(ErrorClass::not_found, "source.no-image",
               fmt::format("no image in {} has a tag", place))
      .fix("omit --all-tags, and write the tag in the destination");
}

}  // namespace berth::image
