// One question to a flavor's capability explanations/1.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// The reply to "explain": what the flavor adds to a registry's error, or that it adds nothing.
base::Json explain_error(const berth_explanations_1& capability, void* flavor, const berth_call* call,
                         const base::Json& message);

}  // namespace berth::worker
