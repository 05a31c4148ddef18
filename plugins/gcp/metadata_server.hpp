// The metadata server of Compute Engine, Cloud Run, GKE and Google's other machines.
// Source: Compute Engine, "About VM metadata"; "Authenticate applications"; GKE, "About Workload
// Identity Federation".
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// The token of this machine's service account, from the server at GCE_METADATA_HOST, else at the
// address that Google documents, which needs no name. Waits for a second only. `absent`: why the
// server or its account is missing; a server that the variable names must exist. A server that
// responds otherwise than documented is a broken source.
TokenAnswer metadata_token(common::HostApi& host_api, std::string& absent);

}  // namespace berth::gcp
