// push: pushes one image to one or more destinations. dry_run: what a push would transfer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/destination_report.hpp"
#include "app/push_events.hpp"
#include "app/target.hpp"
#include "oci/platform.hpp"
#include "push/push.hpp"

namespace berth::app {

struct PushRequest {
  // SOURCE as in containers-transports(5). With `from_daemon` the name of an image of the local docker daemon, which is
  // looked up as the destination in full first.
  std::string source = {};
  bool from_daemon = false;
  std::vector<std::string> destinations = {};  // at least one
  TargetOptions target = {};
  NetworkOptions network = {};
  std::vector<std::string> tags = {};  // in addition to that of the destination
  std::vector<oci::Platform> platforms = {};
  std::optional<std::string> digest_file = std::nullopt;    // a path; receives the digests, one per line
  unsigned jobs = 0;                                        // parallel uploads; 0: chosen by berth
  std::optional<push::ManifestForm> format = std::nullopt;  // of manifests that berth creates; std::nullopt: automatic
  std::uint64_t limit_rate = 0;                             // bytes per second of all uploads; 0: no limit
  bool no_clobber = false;
  bool use_cache = true;  // the digest cache
  bool require_verification = false;
};

struct PushedImage {
  push::Report report;
  double seconds = 0;
};

struct PushOutcome {
  DestinationReport destination;
  std::optional<PushedImage> pushed;  // std::nullopt if it failed; then `destination.error` is set
};

struct PushReport {
  // One for each destination, in their order. If a destination could not be resolved, or if the only destination
  // failed, it holds that one.
  std::vector<PushOutcome> outcomes;
  // The images were pushed, but their digests were not written to the digest file.
  std::optional<base::Error> digest_file_error = std::nullopt;
};

// Checks all destinations before the first upload. With several, one that fails does not stop the others, and berth
// creates one manifest for all, so that they have one digest. An error of the result concerns all destinations: the
// registered container registries cannot be read, or the source of several destinations.
base::Result<PushReport> push(const App& app, const PushRequest& request, PushEvents& events);

struct PlanOutcome {
  DestinationReport destination;
  std::optional<push::Plan> plan;  // std::nullopt if it failed; then `destination.error` is set
};

// Plans the push; uploads nothing, and connects to a destination only if the source lacks something. Ends at the first
// destination that fails. Errors of the result: as those of push().
base::Result<std::vector<PlanOutcome>> dry_run(const App& app, const PushRequest& request, PushEvents& events);

}  // namespace berth::app
