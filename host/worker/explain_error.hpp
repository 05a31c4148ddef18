// Calls a flavor's extension explanations/1.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// Returns the reply to "explain": the cause and the fix that the flavor adds to a registry error;
// "found" is false if it has no explanation.
base::Json explain_error(const berth_explanations_1& capability, void* flavor, const berth_call* call,
                         const base::Json& message);

}  // namespace berth::worker
