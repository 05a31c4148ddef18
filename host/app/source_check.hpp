// Checks the source of a push: what it omits, and what it lacks.
#pragma once

#include <functional>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/events.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"
#include "image/source.hpp"
#include "push/missing_content.hpp"
#include "push/plan.hpp"

namespace berth::app {

using FindingSink = std::function<void(const flavor::Finding&)>;

// Checks that the image is the one that the destination's digest names, if that is known before the
// upload. Class integrity, code "push.digest-mismatch".
base::Result<void> check_expected(const Target& target, const push::Plan& plan);

// Reports the image's notices as findings.
void report_notices(const image::Source& source, const FindingSink& found);

struct ContentToCheck {
  const push::Plan& plan;
  push::PushSource& source;
};

// Checks that the source or the destination has all blobs and manifests of the image, without
// reading blobs. `client`: nullptr if the destination is a layout, or offline; offline, a warning
// reports what the destination must have. Errors: as push::require_at_destination().
base::Result<void> check_content(const Target& target, const ContentToCheck& content,
                                 registry::RegistryClient* client, const FindingSink& found);

}  // namespace berth::app
