// DestinationReport: how a destination was resolved, what was found there, and what failed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/target.hpp"
#include "base/error.hpp"
#include "flavor/plugin.hpp"

namespace berth::app {

struct ResolvedDestination {
  std::string reference;                // in full, with tag or digest
  std::string name;                     // in full, without them
  std::optional<std::string> registry;  // the registered name; std::nullopt if it is not registered
  std::string flavor;
  std::string selection_reason;  // why this container registry was chosen
  bool default_tag = false;      // no tag was given
};

// Of one destination.
struct DestinationReport {
  std::string given = {};                            // as it was given
  std::optional<ResolvedDestination> resolved = {};  // std::nullopt if it could not be resolved
  std::vector<flavor::Finding> findings = {};
  std::optional<base::Error> error = {};  // what failed; std::nullopt if nothing did

  [[nodiscard]] const std::string& reference() const {
    return resolved ? resolved->reference : given;
  }
};

ResolvedDestination describe_target(const Target& target);

// Whether the finding prevents the push.
bool is_error(const flavor::Finding& finding);

}  // namespace berth::app
