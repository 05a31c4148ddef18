// Keys that a program prints. Source: AWS CLI User Guide, "Sourcing credentials with an external
// process".
#pragma once

#include <string>

#include "aws/sts.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// Runs the command line of a `credential_process`, split as a shell would do it, without one.
// `source` names the profile.
KeysAnswer process_keys(common::HostApi& host_api, const std::string& command,
                        const std::string& source);
// Asks the AWS command line for the keys of a profile that only it can use; `why` and `fix` are for
// the error.
KeysAnswer exported_keys(common::HostApi& host_api, const std::string& profile,
                         const std::string& why, const std::string& fix);

}  // namespace berth::aws
