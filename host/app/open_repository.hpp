// OpenRepository: the repository of a target in a registry, with a connection to read or delete,
// and the running flavor that may provide its credentials.
#pragma once

#include <memory>

#include "app/connection.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"

namespace berth::app {

class OpenRepository {
 public:
  // Starts the flavor. Checks that registries.conf does not block the repository, and sends the
  // first request without credentials. `target` is not a layout; `app` and the index of its flavor
  // must outlive the result. Errors: those of start_plugin() and connect().
  static base::Result<std::unique_ptr<OpenRepository>> open(const App& app, Target target,
                                                            const NetworkOptions& network,
                                                            Purpose purpose, Events& events);
  OpenRepository(const OpenRepository&) = delete;
  OpenRepository& operator=(const OpenRepository&) = delete;

  [[nodiscard]] const Target& target() const { return target_; }
  // Returns the path below the host: "acme/app".
  [[nodiscard]] const std::string& repository() const { return target_.image.full_repository; }
  [[nodiscard]] registry::RegistryClient& client() const { return *connection_.client; }

 private:
  OpenRepository(Target target, flavor::Plugin plugin)
      : target_(std::move(target)), plugin_(std::move(plugin)) {}

  // Destroyed in reverse order: the connection uses the plugin.
  Target target_;
  flavor::Plugin plugin_;
  Connection connection_;
};

}  // namespace berth::app
