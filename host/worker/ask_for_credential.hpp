// Calls the functions of a flavor's extension credentials/1.
#pragma once

#include <berth/abi.h>

#include "base/json.hpp"

namespace berth::worker {

// Calls credential(). `message` is the host's "credentials" request; returns the reply. Lengths are
// limited so that the reply fits a frame; the host validates the credential.
base::Json ask_for_credential(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                              const base::Json& message);

// Returns whether the extension has is_expired().
bool recognises_expiry(const berth_credentials_1& capability);
// Calls is_expired(). `message` is the host's "expired" request; returns the reply.
base::Json ask_whether_expired(const berth_credentials_1& capability, void* flavor, const berth_call* call,
                               const base::Json& message);

}  // namespace berth::worker
