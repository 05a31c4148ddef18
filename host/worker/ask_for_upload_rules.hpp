// Calls a flavor's extension upload-rules/1.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// Returns the reply. Its member "upload_rules" contains the rules that the flavor returned; the
// host validates them.
base::Json ask_for_upload_rules(const berth_upload_rules_1& capability, void* flavor);

}  // namespace berth::worker
