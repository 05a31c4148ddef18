// Quarantine: plugins that crashed twice in a row are set aside until their file changes or is
// registered again. One small file for each plugin that crashed, in $XDG_STATE_HOME/berth/plugins.
// Where that cannot be written, and for an entry that cannot be read, nothing is set aside.
#pragma once

#include <optional>
#include <string>

#include "app/app.hpp"
#include "base/error.hpp"
#include "flavor/index.hpp"

namespace berth::app {

class Quarantine {
 public:
  // `directory`: Paths::state; empty: nothing is stored.
  explicit Quarantine(std::string directory) : directory_(std::move(directory)) {}

  // Records a crash of the file. `report` is what the user saw. Failures are ignored.
  void record_crash(const flavor::Candidate& plugin, const base::Error& report) const;
  // Ends a row of crashes: the plugin ran, or is registered again.
  void forget(const std::string& path) const;
  // Returns why the plugin is set aside: class trust, code "flavor.quarantined". std::nullopt if it
  // is not.
  [[nodiscard]] std::optional<base::Error> reason(const flavor::Candidate& plugin) const;

 private:
  [[nodiscard]] std::string file_of(const std::string& path) const;

  std::string directory_;
};

}  // namespace berth::app
