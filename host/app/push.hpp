// push: pushes one image to one or more destinations. dry_run: what a push would transfer.
#pragma once

#include <vector>

#include "app/app.hpp"
#include "app/push_events.hpp"
#include "app/push_report.hpp"
#include "app/push_request.hpp"

namespace berth::app {

// Checks all destinations before the first upload. With several, one that fails does not stop the
// others, and berth creates one manifest for all, so that they have one digest. With
// PushRequest::all_tags every image of the source is pushed, one after the other; layers that
// several have are compressed and uploaded once. An error of the result concerns all destinations:
// the registered container registries cannot be read, or the source of several destinations.
base::Result<PushReport> push(const App& app, const PushRequest& request, PushEvents& events);

// Plans the push, and finds out what the destinations have; sends only requests that read. Ends at
// the first destination that fails. Errors of the result: as those of push().
base::Result<std::vector<PlanOutcome>> dry_run(const App& app, const PushRequest& request,
                                               PushEvents& events);

}  // namespace berth::app
