#include "cli/workspace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/escape.hpp"

namespace berth::cli {

namespace {

constexpr const char* kNoHome = "HOME is not set";

// Why the default location cannot hold registries.json for this user, as in a container whose HOME is another user's.
// Empty if it can, or if the location was chosen by option.
std::string unavailable(const Context& context) {
  if (context.paths.config.empty()) return kNoHome;
  struct stat status {};
  const std::string file = context.paths.config + "/registries.json";
  if (context.paths.config_is_explicit || ::stat(file.c_str(), &status) == 0) return {};
  if (errno != EACCES && errno != ENOTDIR) return {};
  return fmt::format("{}: {}", base::escape(context.paths.config), base::errno_text(errno));
}

void warn_of_unusable(const Context& context, const store::Contents& contents) {
  for (const auto& entry : contents.unusable)
    context.terminal.warning(fmt::format("{} cannot be used: {}", entry.described, entry.reason));
}

}  // namespace

base::Result<store::Contents> read_store(const Context& context) {
  if (auto reason = unavailable(context); !reason.empty()) {
    store::Contents none;
    none.unavailable = std::move(reason);
    return none;
  }
  auto contents = store::Store(context.paths.config).read();
  if (contents) warn_of_unusable(context, *contents);
  return contents;
}

base::Result<void> update_store(const Context& context,
                                const std::function<base::Result<void>(store::Contents&)>& change) {
  if (context.paths.config.empty())
    return base::Error(base::ErrorClass::usage, "usage.no-home", "no directory for registries.json")
        .cause(kNoHome)
        .fix("set HOME, or name a directory: --config-dir DIR");
  const auto change_and_warn = [&](store::Contents& contents) {
    auto changed = change(contents);
    warn_of_unusable(context, contents);
    return changed;
  };
  return store::Store(context.paths.config).update(change_and_warn, context.cancellation);
}

flavor::FlavorIndex discover_flavors(const Context& context, const store::Contents& contents) {
  std::vector<flavor::Pin> pins;
  for (const auto& pin : contents.pins) pins.push_back({pin.path, pin.sha256, pin.permissions, pin.flavor});
  const auto variable = context.environment("BERTH_FLAVOR_PATH");
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
  options.http.trust =
      http::TrustPlaces::from(context.environment, context.paths.config_home, context.paths.docker_config);
  return flavor::Plugin::start(candidate, uri, settings, options, context.cancellation, context.log);
}

}  // namespace berth::cli
