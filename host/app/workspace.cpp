#include "app/workspace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "app/quarantine.hpp"
#include "base/escape.hpp"
#include "store/store.hpp"

namespace berth::app {

namespace {

constexpr const char* kNoHome = "HOME is not set";

// Why the default location cannot hold registries.json for this user, as in a container whose HOME
// is another user's. Empty if it can, or if the location was chosen by option.
std::string unavailable(const App& app) {
  if (app.paths.config.empty()) return kNoHome;
  struct stat status {};
  const std::string file = app.paths.config + "/registries.json";
  if (app.paths.config_is_explicit || ::stat(file.c_str(), &status) == 0) return {};
  if (errno != EACCES && errno != ENOTDIR) return {};
  return fmt::format("{}: {}", base::escape(app.paths.config), base::errno_text(errno));
}

// A directory that was named is the user's choice, as in CI jobs that check files out with mode
// 0666.
store::Store store_of(const App& app) {
  using Untrusted = store::Store::Untrusted;
  return store::Store(app.paths.config,
                      app.paths.config_is_explicit ? Untrusted::warn : Untrusted::refuse);
}

void warn_of(const store::Contents& contents, Events& events) {
  if (!contents.warning.empty()) events.warning(contents.warning);
  for (const auto& entry : contents.unusable)
    events.warning(fmt::format("{} cannot be used: {}", entry.described, entry.reason));
}

}  // namespace

base::Result<store::Contents> read_store(const App& app, Events& events) {
  if (auto reason = unavailable(app); !reason.empty()) {
    store::Contents none;
    none.unavailable = std::move(reason);
    return none;
  }
  auto contents = store_of(app).read();
  if (contents) warn_of(*contents, events);
  return contents;
}

base::Result<void> update_store(const App& app, Events& events,
                                const std::function<base::Result<void>(store::Contents&)>& change) {
  if (app.paths.config.empty())
    return base::Error(base::ErrorClass::usage, "usage.no-home", "no directory for registries.json")
        .cause(kNoHome)
        .fix("set HOME, or pass --config-dir DIR");
  const auto change_and_warn = [&](store::Contents& contents) {
    auto changed = change(contents);
    warn_of(contents, events);
    return changed;
  };
  return store_of(app).update(change_and_warn, app.cancellation);
}

flavor::FlavorIndex discover_flavors(const App& app, const store::Contents& contents) {
  std::vector<flavor::Pin> pins;
  for (const auto& pin : contents.pins)
    pins.push_back({pin.path, pin.sha256, pin.permissions, pin.flavor, pin.development});
  const auto variable = app.environment("BERTH_FLAVOR_PATH");
  const auto directorys =
      flavor::search_directorys(app.flavor_path, variable ? &*variable : nullptr,
                                app.paths.data_home, app.paths.installed_flavors);
  const Quarantine quarantine(app.paths.state);
  return flavor::FlavorIndex::discover(directorys, pins, [&](const flavor::Candidate& candidate) {
    return quarantine.reason(candidate);
  });
}

base::Result<Workspace> open_workspace(const App& app, Events& events) {
  BERTH_TRY(auto contents, read_store(app, events));
  auto index = discover_flavors(app, contents);
  return Workspace{std::move(contents), std::move(index)};
}

}  // namespace berth::app
