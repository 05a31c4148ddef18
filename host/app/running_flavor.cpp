#include "app/running_flavor.hpp"

namespace berth::app {
namespace {

// The password of a command is for its container registry, and for no plugin.
Environment without_password(const Environment& environment) {
  return [environment](std::string_view name) {
    return name == "BERTH_PASSWORD" ? std::nullopt : environment(name);
  };
}

flavor::PluginOptions plugin_options(const App& app) {
  flavor::PluginOptions options;
  options.allow_unsandboxed = app.allow_unsandboxed;
  options.worker_program = app.paths.worker_program;
  options.variables = without_password(app.environment);
  options.http.proxies = http::ProxyVariables::from(app.environment);
  options.http.trust =
      http::TrustPlaces::from(app.environment, app.paths.config_home, app.paths.docker_config);
  return options;
}

}  // namespace

base::Result<flavor::Plugin> start_plugin(const App& app, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings) {
  return flavor::Plugin::start(candidate, uri, settings, plugin_options(app), app.cancellation,
                               app.log);
}

base::Result<flavor::Plugin> start_plugin(const App& app, const Target& target) {
  return start_plugin(app, *target.flavor, target.uri, target.settings);
}

base::Result<flavor::Plugin> spawn_plugin(const App& app, const Target& target) {
  return flavor::Plugin::spawn(*target.flavor, target.uri, target.settings, plugin_options(app),
                               app.cancellation, app.log);
}

flavor::ImageView image_view(const Target& target, const push::Plan* plan) {
  return {.reference = target.reference(),
          .repository = target.image.repository,
          .full_repository = target.image.full_repository,
          .tag = target.image.tag.value_or(""),
          .plan = plan};
}

}  // namespace berth::app
