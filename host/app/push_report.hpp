// PushReport: the result of a push to one or more destinations. PlanOutcome: that of a dry run.
// Values.
#pragma once

#include <optional>
#include <vector>

#include "app/destination_report.hpp"
#include "base/error.hpp"
#include "push/plan_costs.hpp"
#include "push/push.hpp"

namespace berth::app {

struct PushedImage {
  push::Report report;
  double seconds = 0;
};

struct PushOutcome {
  DestinationReport destination;
  std::optional<PushedImage> pushed;  // std::nullopt if it failed; then `destination.error` is set
};

struct PushReport {
  // One for each destination, in their order; with PushRequest::all_tags for each image and
  // destination. If a destination could not be resolved, or if the only destination failed, it
  // holds that one.
  std::vector<PushOutcome> outcomes;
  // The images were pushed, but their digests were not written to the digest file.
  std::optional<base::Error> digest_file_error = std::nullopt;
};

struct PlannedPush {
  push::Plan plan;
  push::PlanCosts costs;
};

struct PlanOutcome {
  DestinationReport destination;
  std::optional<PlannedPush> planned;  // std::nullopt if it failed; then `destination.error` is set
};

}  // namespace berth::app
