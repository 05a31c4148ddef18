#include "app/open_image_reader.hpp"

#include "app/image_source.hpp"
#include "app/open_repository.hpp"
#include "app/registry_image.hpp"
#include "app/registry_reader.hpp"
#include "app/source_reader.hpp"
#include "app/workspace.hpp"
#include "image/open_source.hpp"

namespace berth::app {
namespace {

// What a reader of a target references.
struct OpenTarget {
  Workspace workspace;
  std::unique_ptr<OpenRepository> repository = {};
};

std::string root_name(const ImageName& image) {
  return image.digest ? image.digest->str() : image.tag.value_or("latest");
}

// In a registered layout, an image is named by its repository and its tag.
base::Result<std::unique_ptr<ImageReader>> layout_reader_of(const App& app, const Target& target) {
  const auto& image = target.image;
  const std::string separator = image.digest ? "@" : ":";
  const std::string selector =
      (image.digest ? "" : image.repository) + separator + root_name(image);
  BERTH_TRY(auto source, image::open_source({.transport = image::Transport::oci,
                                             .location = target.uri.directory(),
                                             .selector = selector,
                                             .text = target.reference()},
                                            {app.cancellation, app.log, app.environment, {}, {}}));
  return source_reader(std::move(source), target.reference());
}

base::Result<std::unique_ptr<ImageReader>> open_reference(const App& app,
                                                          const ReadImageRequest& request,
                                                          Events& events) {
  BERTH_TRY(auto workspace, open_workspace(app, events));
  const auto opened = std::make_shared<OpenTarget>(OpenTarget{std::move(workspace)});
  BERTH_TRY(auto target, find_target(request.image, request.target, opened->workspace.contents,
                                     opened->workspace.index));
  if (target.default_tag) events.info("using default tag: latest");
  if (!target.is_remote()) return layout_reader_of(app, target);
  BERTH_TRY(opened->repository,
            OpenRepository::open(app, std::move(target), request.network, Purpose::check, events));
  const auto& found = opened->repository->target();
  return registry_reader(
      {std::shared_ptr<registry::RegistryClient>(opened, &opened->repository->client()),
       opened->repository->repository(), root_name(found.image), found.reference()},
      request.digest_only);
}

// docker://REFERENCE, with the mirrors and short names of registries.conf.
base::Result<std::unique_ptr<ImageReader>> open_docker_reference(const App& app,
                                                                 const std::string& name,
                                                                 const ReadImageRequest& request,
                                                                 Events& events) {
  BERTH_TRY(const auto contents, read_store(app, events));
  BERTH_TRY(const auto requested, oci::Reference::parse(name));
  std::unique_ptr<ImageReader> reader;
  BERTH_CHECK(read_registry_image(
      app, name, {contents, request.network, {requested.host()}},
      [&](std::shared_ptr<registry::RegistryClient> client,
          const oci::Reference& place) -> base::Result<void> {
        const ImageName image{.tag = place.tag(), .digest = place.digest()};
        reader =
            registry_reader({std::move(client), place.repository(), root_name(image), place.str()},
                            request.digest_only);
        return reader->root().has_value() ? base::Result<void>()
                                          : base::Result<void>(reader->root().error().clone());
      },
      events));
  return reader;
}

base::Result<std::unique_ptr<ImageReader>> open_source_reader(const App& app,
                                                              const image::SourceSpec& spec,
                                                              const ReadImageRequest& request,
                                                              Events& events) {
  if (spec.transport == image::Transport::docker)
    return open_docker_reference(app, spec.location, request, events);
  BERTH_TRY(auto source,
            image::open_source(spec, {app.cancellation, app.log, app.environment, {}, {}}));
  return source_reader(std::move(source), request.image);
}

}  // namespace

base::Result<std::unique_ptr<ImageReader>> open_image_reader(const App& app,
                                                             const ReadImageRequest& request,
                                                             Events& events) {
  const bool is_path = request.image.starts_with("./") || request.image.starts_with("../");
  if (!image::has_transport(request.image) && !is_path) return open_reference(app, request, events);
  BERTH_TRY(const auto spec, image::SourceSpec::parse(request.image));
  return open_source_reader(app, spec, request, events);
}

}  // namespace berth::app
