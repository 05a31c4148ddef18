// Tokens that the place where berth runs offers: an App Service's, a virtual machine's, the Azure
// command line's. Sources: Microsoft Learn, "How to use managed identities … to acquire an access
// token", "Managed identities for App Service", az account get-access-token.
#pragma once

#include <string>

#include "azure/entra.hpp"
#include "common/host_api.hpp"

namespace berth::azure {

// Where IDENTITY_ENDPOINT and IDENTITY_HEADER are set. `client_id`: of an identity that a user
// assigned, or empty.
TokenAnswer app_service_token(common::HostApi& host_api, const std::string& client_id);
// The instance metadata service. `asked_for`: the user selected it, the timeout is 30 s; else 1 s.
TokenAnswer instance_token(common::HostApi& host_api, const std::string& client_id, bool asked_for);
// az account get-access-token.
TokenAnswer command_line_token(common::HostApi& host_api);

}  // namespace berth::azure
