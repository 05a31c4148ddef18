#include "cli/workspace.hpp"

#include <unistd.h>

namespace berth::cli {

store::Store open_store(const Context& context) { return store::Store(context.paths.config); }

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
  BERTH_TRY(auto contents, open_store(context).read());
  auto index = discover_flavors(context, contents);
  return Workspace{std::move(contents), std::move(index)};
}

base::Result<flavor::Plugin> start_plugin(Context& context, const flavor::Candidate& candidate,
                                          const oci::RegistryUri& uri, const base::Json& settings) {
  flavor::PluginOptions options;
  options.worker_program = context.paths.worker_program;
  return flavor::Plugin::start(candidate, uri, settings, options, context.cancellation, context.log);
}

}  // namespace berth::cli
