#include "app/open_repository.hpp"

#include "app/registries_conf_policy.hpp"
#include "app/running_flavor.hpp"

namespace berth::app {

base::Result<std::unique_ptr<OpenRepository>> OpenRepository::open(const App& app, Target target,
                                                                   const NetworkOptions& network,
                                                                   Purpose purpose,
                                                                   Events& events) {
  BERTH_CHECK(check_not_blocked(app, target.reference()));
  BERTH_TRY(auto plugin, start_plugin(app, target));
  std::unique_ptr<OpenRepository> opened(new OpenRepository(std::move(target), std::move(plugin)));
  BERTH_TRY(opened->connection_,
            connect(app, {opened->target_, network, purpose, opened->plugin_}, events));
  // Some registries answer an unauthenticated request with 404 for what they hide.
  BERTH_CHECK(opened->client().access().discover_auth());
  return opened;
}

}  // namespace berth::app
