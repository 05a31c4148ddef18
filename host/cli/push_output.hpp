// Prints what push, push --dry-run and check returned, as text or as JSON (README.md, "Output").
// Errors were printed as events. Each function returns the exit status.
#pragma once

#include <vector>

#include "app/check.hpp"
#include "app/push.hpp"
#include "cli/context.hpp"

namespace berth::cli {

struct PushOutput {
  bool digests = false;  // print the digests as well, one per line (--digest-file -)
  bool list = false;     // in JSON always a list of results (--all-tags)
};

int print_push(Context& context, const app::PushReport& report, const PushOutput& output);
int print_plans(Context& context, const std::vector<app::PlanOutcome>& outcomes,
                const PushOutput& output);
int print_check(Context& context, const app::CheckReport& report);

}  // namespace berth::cli
