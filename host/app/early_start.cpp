#include "app/early_start.hpp"

#include "app/credentials.hpp"
#include "app/running_flavor.hpp"

namespace berth::app {

EarlyStart::EarlyStart(const App& app, const Target& target, const NetworkOptions& network)
    : cancellation_(app.cancellation), plugin_(start_plugin(app, target)) {
  if (!plugin_ || !plugin_->provides_credentials() || !asks_flavor_for_credential(app, target, network)) return;
  // Not the start itself: the process of a plugin ends with the thread that started it.
  credential_ = std::async(std::launch::async, [this, &target] {
    const std::string username = target.settings.string_or("username", "");
    return plugin_->ask_for_credential({target.uri.host(), target.image.full_repository, username}, false);
  });
}

EarlyStart::~EarlyStart() {
  if (credential_.valid()) cancellation_.request(base::Cancellation::Reason::abandoned);
}

base::Result<StartedFlavor> EarlyStart::take() {
  std::optional<base::Result<flavor::ProvidedCredential>> early;
  if (credential_.valid()) {
    early = credential_.get();
    // Whether the registry requires credentials or not, a plugin's fault ends the command. Any other failure matters
    // only if credentials are required.
    if (!*early && early->error().error_class() == base::ErrorClass::plugin) return std::move(*early).error();
  }
  BERTH_TRY(auto plugin, std::move(plugin_));
  return StartedFlavor{std::move(plugin), std::move(early)};
}

}  // namespace berth::app
