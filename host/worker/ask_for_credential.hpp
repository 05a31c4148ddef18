// One question to a flavor's capability credentials/1.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// `message` is the host's "credentials"; what comes back is the reply. Whether the credential makes sense, the host
// judges; here it is only made to fit a frame.
base::Json ask_for_credential(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                              const base::Json& message);

// Whether the flavor has `is_expired`.
bool recognises_expiry(const berth_credentials_1& capability);
// `message` is the host's "expired"; returns the reply.
base::Json ask_whether_expired(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                               const base::Json& message);

}  // namespace berth::worker
