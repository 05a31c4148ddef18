#include "cli/workspace.hpp"

#include <unistd.h>

namespace berth::cli {

namespace {

base::Result<store::Store> open_store(const Context& context) {
  if (!context.paths.config.empty()) return store::Store(context.paths.config);
  return base::Error(base::ErrorClass::usage, "usage.no-home", "there is no place for registries.json")
      .cause("HOME is not set")
      .fix("--config-dir DIR");
}

}  // namespace

base::Result<store::Contents> read_store(const Context& context) {
  BERTH_TRY(const auto store, open_store(context));
  return store.read();
}

base::Result<void> update_store(const Context& context,
                                const std::function<base::Result<void>(store::Contents&)>& change) {
  BERTH_TRY(auto store, open_store(context));
  return store.update(change, context.cancellation);
}

flavor::FlavorIndex discover_flavors(const Context& context, const store::Contents& contents) {
  std::vector<flavor::Pin> pins;
  for (const auto& pin : contents.pins) pins.push_back({pin.path, pin.sha256, pin.permissions, pin.flavor});
  const bool setuid = ::geteuid() != ::getuid() || ::getegid() != ::getgid();
  const auto variable = setuid ? std::nullopt : context.environment("BERTH_FLAVOR_PATH");
  const auto folders = flavor::search_folders(context.flavor_path, variable ? &*variable : nullptr,
                                              context.paths.data_home, context.paths.installed_flavors);
  return flavor::FlavorIndex::discover(folders, pins);
}

base::Result<Workspace> open_workspace(const Context& context) {
  BERTH_TRY(auto contents, read_store(context));
  auto index = discover_flavors(context, contents);
  return Workspace{std::move(contents), std::move(index)};
}

base::Result<flavor::Plugin> start_plugin(Context& context, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings) {
  flavor::PluginOptions options;
  options.allow_unsandboxed = context.allow_unsandboxed;
  options.worker_program = context.paths.worker_program;
  options.variables = context.environment;
  options.http.proxies = http::ProxyVariables::from(context.environment);
  options.http.trust = http::TrustPlaces::from(context.environment, context.paths.config_home);
  return flavor::Plugin::start(candidate, uri, settings, options, context.cancellation, context.log);
}

}  // namespace berth::cli
