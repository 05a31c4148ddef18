// What a flavor's capability upload-rules/1 says.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// The reply; its "upload_rules" are what the flavor wrote. Whether they make sense, the host judges.
base::Json ask_for_upload_rules(const berth_upload_rules_1& capability, void* flavor);

}  // namespace berth::worker
