#include "app/running_flavor.hpp"

#include "app/quarantine.hpp"
#include "platform/process_tree.hpp"

namespace berth::app {
namespace {

// The password of a command is for its container registry, and for no plugin.
Environment without_password(const Environment& environment) {
  return [environment](std::string_view name) {
    return name == "BERTH_PASSWORD" ? std::nullopt : environment(name);
  };
}

}  // namespace

namespace {

constexpr std::chrono::hours kNoLimit{24};
constexpr std::chrono::milliseconds kBetweenLooks{100};

// Prints the process id and waits until a debugger is attached. False if cancelled.
bool wait_for_debugger(const App& app, pid_t process) {
  app.log.write(base::LogLevel::warning,
                "waiting for a debugger: gdb -p " + std::to_string(process) + "; then: continue",
                {});
  while (!platform::is_traced(process))
    if (app.cancellation.wait_for(kBetweenLooks)) return false;
  return true;
}

void debug_plugins(const App& app, flavor::PluginOptions& options) {
  options.load_limit = options.create_limit = options.call_limit = options.destroy_limit = kNoLimit;
  options.wait_for_debugger = [&app](pid_t process) { return wait_for_debugger(app, process); };
}

}  // namespace

flavor::PluginOptions plugin_options(const App& app) {
  flavor::PluginOptions options;
  if (app.debug_plugin) debug_plugins(app, options);
  options.ended = [quarantine = Quarantine(app.paths.state)](const flavor::Candidate& plugin,
                                                             const base::Error* crash) {
    if (crash != nullptr)
      quarantine.record_crash(plugin, *crash);
    else
      quarantine.forget(plugin.path);
  };
  options.allow_unsandboxed = app.allow_unsandboxed;
  options.worker_program = app.paths.worker_program;
  options.variables = without_password(app.environment);
  options.http.proxies = http::ProxyVariables::from(app.environment);
  options.http.trust =
      http::TrustPlaces::from(app.environment, app.paths.config_home, app.paths.docker_config);
  return options;
}

namespace {

void warn_of_development(const App& app, const flavor::Candidate& candidate) {
  if (candidate.development)
    app.log.write(base::LogLevel::warning,
                  "flavor " + candidate.flavor() + " is registered for development: " +
                      candidate.path + " is used without checking its bytes",
                  {});
}

}  // namespace

base::Result<flavor::Plugin> start_plugin(const App& app, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings) {
  warn_of_development(app, candidate);
  return flavor::Plugin::start(candidate, uri, settings, plugin_options(app), app.cancellation,
                               app.log);
}

base::Result<flavor::Plugin> start_plugin(const App& app, const Target& target) {
  return start_plugin(app, *target.flavor, target.uri, target.settings);
}

base::Result<flavor::Plugin> spawn_plugin(const App& app, const Target& target) {
  warn_of_development(app, *target.flavor);
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
