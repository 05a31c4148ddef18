#include "app/list_tags.hpp"

#include "app/open_repository.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "image/layout_index.hpp"

namespace berth::app {
namespace {

// In a registered layout, the entries that are named REPOSITORY:TAG.
base::Result<std::vector<std::string>> layout_tags(const Target& target, std::size_t limit) {
  const auto directory = image::directory_layout(target.uri.directory());
  BERTH_TRY(const auto entries, image::read_layout_index(*directory));
  const std::string prefix = target.image.repository + ":";
  std::vector<std::string> tags;
  for (const auto& entry : entries) {
    if (!entry.name.starts_with(prefix)) continue;
    if (limit != 0 && tags.size() == limit) break;
    tags.push_back(entry.name.substr(prefix.size()));
  }
  if (!tags.empty()) return tags;
  return base::Error(base::ErrorClass::not_found, "registry.tags-repository",
                     "repository " + target.name() + " not found");
}

}  // namespace

base::Result<TagsReport> list_tags(const App& app, const ListTagsRequest& request, Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  BERTH_TRY(auto target,
            find_target(request.repository, request.target, workspace.contents, workspace.index));
  if (!target.default_tag)
    return base::Error(base::ErrorClass::usage, "tags.reference",
                       base::quote(request.repository, 200) + " has a tag or a digest")
        .fix("berth tags " + target.name());
  const std::string name = target.name();
  if (!target.is_remote()) {
    BERTH_TRY(auto tags, layout_tags(target, request.limit));
    return TagsReport{name, std::move(tags)};
  }
  BERTH_TRY(const auto opened,
            OpenRepository::open(app, std::move(target), request.network, Purpose::check, events));
  BERTH_TRY(auto tags, opened->client().tags().list(opened->repository(), request.limit));
  return TagsReport{name, std::move(tags)};
}

}  // namespace berth::app
