// EarlyStart: starts the flavor of a target, and requests the credentials that it provides, while
// the image is opened.
#pragma once

#include <future>
#include <optional>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"

namespace berth::app {

struct StartedFlavor {
  flavor::Plugin plugin;
  std::optional<base::Result<flavor::ProvidedCredential>>
      credential;  // std::nullopt: not requested
};

class EarlyStart {
 public:
  // References must outlive this object. If take() was not called, the destructor cancels
  // everything that runs for the use case, which has failed.
  EarlyStart(const App& app, const Target& target, const NetworkOptions& network);
  ~EarlyStart();
  EarlyStart(const EarlyStart&) = delete;
  EarlyStart& operator=(const EarlyStart&) = delete;

  // Waits for both; call it once. A contract violation of the plugin is an error, class plugin.
  base::Result<StartedFlavor> take();

 private:
  base::Cancellation& cancellation_;
  std::optional<base::Error> failure_;
  std::future<base::Result<StartedFlavor>> started_;
};

}  // namespace berth::app
