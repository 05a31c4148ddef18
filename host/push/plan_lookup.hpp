// Finds out, for a dry run, what a push of a plan would transfer. Reads no blobs, and changes
// nothing at the destination.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "push/plan.hpp"
#include "push/stored_content.hpp"

namespace berth::push {

// Sets Plan::up_to_date and PlannedBlob::action, and removes PlannedBlob::mount_from where that
// repository does not have the blob. `reference` is the first tag or digest of the push; nullptr: a
// push that looks up every blob (Options::check_all). Returns the first error of the destination:
// what it did not report remains PlannedAction::unknown. Looks up blobs in parallel.
std::optional<base::Error> look_up_actions(Plan& plan, StoredContent& stored,
                                           const std::string* reference);

}  // namespace berth::push
