#include "app/registry_image.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/network_options.hpp"
#include "app/registries_conf_policy.hpp"
#include "image/registry_source.hpp"

namespace berth::app {
namespace {

// Of the registered container registry with the longest uri that holds the image.
base::Json settings_for(const oci::Reference& reference, const store::Contents& contents) {
  const store::ContainerRegistry* best = nullptr;
  for (const auto& registry : contents.container_registries) {
    const bool longer = best == nullptr || registry.uri.str().size() > best->uri.str().size();
    if (registry.uri.holds(reference) && longer) best = &registry;
  }
  return best != nullptr ? best->settings : base::Json::object();
}

base::Result<std::shared_ptr<registry::RegistryClient>> connect_at(
    const App& app, const registry::PullSource& place, const SourceAccess& access, Events& events) {
  const NetworkOptions no_options{};
  const bool same_host = std::find(access.hosts.begin(), access.hosts.end(),
                                   place.reference.host()) != access.hosts.end();
  BERTH_TRY(auto opened, connect_to_pull(app, place, settings_for(place.reference, access.contents),
                                         same_host ? access.options : no_options, events));
  // Shared: the client lives as long as the threads that fetch with it, and so does what it
  // references.
  const auto connection = std::make_shared<Connection>(std::move(opened));
  return std::shared_ptr<registry::RegistryClient>(connection, connection->client.get());
}

base::Result<oci::Reference> resolve_name(const App& app, const registry::RegistriesConf& conf,
                                          const std::string& name, Events& events) {
  BERTH_TRY(auto full, registry::full_name(conf, name));
  auto reference = std::move(full.reference);
  if (!reference.tag() && !reference.digest()) {
    events.info("using default tag: latest");
    reference = reference.with_tag("latest");
  }
  if (!full.reason.empty())
    app.log.write(base::LogLevel::step, "source", {{"is", reference.str()}, {"by", full.reason}});
  return reference;
}

}  // namespace

base::Result<void> read_registry_image(const App& app, const std::string& name,
                                       const SourceAccess& access, const ReadLocation& read,
                                       Events& events) {
  BERTH_TRY(const auto conf, registries_conf(app));
  BERTH_TRY(const auto reference, resolve_name(app, conf, name, events));
  BERTH_TRY(const auto places, registry::pull_sources(conf, reference));
  for (std::size_t i = 0;; ++i) {
    const auto& place = places[i];
    if (!place.reason.empty())
      app.log.write(
          base::LogLevel::step, "source",
          {{"read_from", place.reference.str()}, {"by", place.reason + ", " + place.defined_at}});
    auto client = connect_at(app, place, access, events);
    auto done = client ? read(std::move(*client), place.reference)
                       : base::Result<void>(std::move(client).error());
    if (done || i + 1 == places.size() || app.cancellation.requested()) return done;
    events.info(fmt::format("skipping {}: {}", place.reference.str(), done.error().message()));
  }
}

base::Result<std::unique_ptr<image::Source>> open_registry_image(
    const App& app, const std::string& name, const std::vector<oci::Platform>& platforms,
    const SourceAccess& access, Events& events) {
  std::unique_ptr<image::Source> source;
  BERTH_CHECK(read_registry_image(
      app, name, access,
      [&](std::shared_ptr<registry::RegistryClient> client,
          const oci::Reference& reference) -> base::Result<void> {
        BERTH_TRY(source, image::registry_source(std::move(client), reference, platforms));
        return {};
      },
      events));
  return source;
}

}  // namespace berth::app
