// The metadata server of Compute Engine, Cloud Run, GKE and the others of Google's machines.
// Source: Compute Engine, "About VM metadata"; "Authenticate applications".
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// At GCE_METADATA_HOST, else at the address that Google documents, which needs no name. Nobody waits longer than a
// second for it. Where it is not there, or has no account, `why_not` says so, and that is no problem.
TokenAnswer metadata_token(cloud::Machine& machine, std::string& why_not);

}  // namespace berth::gcp
