// PushContext: what the steps of one push work on.
#pragma once

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "push/destination.hpp"
#include "push/fan_out.hpp"
#include "push/missing_content.hpp"
#include "push/plan.hpp"
#include "push/progress.hpp"
#include "push/push_options.hpp"

namespace berth::push {

// All references must outlive the push.
struct PushContext {
  const Plan& plan;  // created from `source`
  PushSource& source;
  Destination& destination;
  const Options& options;
  Progress& progress;
  const base::Cancellation& cancellation;
  base::Log& log;
  const FanOutMember* member = nullptr;  // of a push to several destinations; nullptr: only one

  [[nodiscard]] PushContext with_plan(const Plan& other) const {
    return {.plan = other,
            .source = source,
            .destination = destination,
            .options = options,
            .progress = progress,
            .cancellation = cancellation,
            .log = log,
            .member = member};
  }
};

}  // namespace berth::push
