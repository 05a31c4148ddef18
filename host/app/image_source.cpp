#include "app/image_source.hpp"

#include "image/open_source.hpp"

namespace berth::app {

base::Result<std::unique_ptr<image::Source>> open_image(const App& app, const std::string& source,
                                                        std::vector<oci::Platform> platforms,
                                                        const SourceAccess& access,
                                                        Events& events) {
  BERTH_TRY(const auto spec, image::SourceSpec::parse(source));
  if (spec.transport == image::Transport::docker)
    return open_registry_image(app, spec.location, platforms, access, events);
  return image::open_source(
      spec, {app.cancellation, app.log, app.environment, std::move(platforms), access.known_image});
}

base::Result<std::unique_ptr<image::Source>> open_local_image(const App& app,
                                                              const std::string& full_name,
                                                              const std::string& name,
                                                              std::vector<oci::Platform> platforms,
                                                              KnownImage known_image) {
  const image::SourceContext context{app.cancellation, app.log, app.environment,
                                     std::move(platforms), std::move(known_image)};
  auto open = [&](const std::string& image) -> base::Result<std::unique_ptr<image::Source>> {
    BERTH_TRY(const auto spec, image::SourceSpec::parse("docker-daemon:" + image));
    return image::open_source(spec, context);
  };
  auto source = open(full_name);
  if (source || source.error().code() != "source.no-image" || full_name == name) return source;
  return open(name);
}

}  // namespace berth::app
