// EarlyStart: a target's flavor, started while the image is being opened: its process runs, and the credential that it
// provides is being looked for, which is most of what it waits for.
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
  std::optional<base::Result<flavor::ProvidedCredential>> credential;  // std::nullopt: not requested
};

class EarlyStart {
 public:
  // All outlive it. Where nobody takes what it began, the command has failed, and that is ended at once.
  EarlyStart(const App& app, const Target& target, const NetworkOptions& network);
  ~EarlyStart();
  EarlyStart(const EarlyStart&) = delete;
  EarlyStart& operator=(const EarlyStart&) = delete;

  // Waits until it is there; once. A fault of the plugin in credential() is an error.
  base::Result<StartedFlavor> take();

 private:
  base::Cancellation& cancellation_;
  base::Result<flavor::Plugin> plugin_;
  std::future<base::Result<flavor::ProvidedCredential>> credential_;  // ends before the plugin
};

}  // namespace berth::app
