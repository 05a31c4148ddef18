// Plans the push of an image to one destination, for a dry run.
#pragma once

#include "app/app.hpp"
#include "app/push_events.hpp"
#include "app/push_report.hpp"
#include "app/push_request.hpp"
#include "app/target.hpp"
#include "image/layer_encoding.hpp"
#include "push/blob_locations.hpp"
#include "push/digest_cache.hpp"
#include "push/known_layers.hpp"
#include "push/missing_content.hpp"

namespace berth::app {

// What is known of blobs before a destination is looked at. References must outlive the call.
struct KnownContent {
  const push::DigestCache& cache;
  const push::BlobLocations& locations;
  const push::KnownLayers& layers;  // in addition to those in the cache
};

// Returns the plan of a push: layers that the cache knows have their digest, and blobs that other
// repositories of the registry have are to be mounted.
push::Plan plan_for(const Target& target, const image::Source& source, push::ManifestForm form,
                    const image::Encoding& encoding, const KnownContent& known);

// References must outlive the call.
struct PlanRequest {
  const PushRequest& push;
  const Target& target;
  PushEvents& events;
};

// Finds out what a push of `plan` would transfer; sends only requests that read, and uploads
// nothing. If the registry does not report what it has, a warning is reported, and the actions
// remain unknown. Errors: the image is not the one that the destination's digest names; neither
// source nor destination has a blob; the registry is blocked; interrupted; the flavor cannot be
// started.
base::Result<PlannedPush> plan_operation(const App& app, const PlanRequest& request,
                                         push::PushSource& source, push::Plan plan);

}  // namespace berth::app
