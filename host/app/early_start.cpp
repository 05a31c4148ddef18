#include "app/early_start.hpp"

#include "app/credentials.hpp"
#include "app/network_options.hpp"
#include "app/running_flavor.hpp"

namespace berth::app {
namespace {

base::Result<StartedFlavor> complete(const App& app, const Target& target,
                                     const NetworkOptions& network, flavor::Plugin plugin) {
  BERTH_CHECK(plugin.create());
  if (!plugin.provides_credentials() || !asks_flavor_for_credential(app, target, network))
    return StartedFlavor{std::move(plugin), std::nullopt};
  const std::string username = target.settings.string_or("username", "");
  auto credential =
      plugin.ask_for_credential({target.uri.host(), target.image.full_repository, username}, false);
  // Whether the registry requires credentials or not, a plugin's fault ends the command. Any other
  // failure matters only if credentials are required.
  if (!credential && credential.error().error_class() == base::ErrorClass::plugin)
    return std::move(credential).error();
  return StartedFlavor{std::move(plugin), std::move(credential)};
}

}  // namespace

EarlyStart::EarlyStart(const App& app, const Target& target, const NetworkOptions& network)
    : cancellation_(app.cancellation) {
  // On this thread: the process of a plugin ends with the thread that started it.
  auto spawned = spawn_plugin(app, target);
  if (!spawned) {
    failure_ = std::move(spawned).error();
    return;
  }
  started_ = std::async(std::launch::async,
                        [&app, &target, &network, plugin = std::move(*spawned)]() mutable {
                          return complete(app, target, network, std::move(plugin));
                        });
}

EarlyStart::~EarlyStart() {
  if (started_.valid()) cancellation_.request(base::Cancellation::Reason::abandoned);
}

base::Result<StartedFlavor> EarlyStart::take() {
  if (failure_) return std::move(*failure_);
  return started_.get();
}

}  // namespace berth::app
