// Keys that a program prints. Source: AWS CLI User Guide, "Sourcing credentials with an external process".
#pragma once

#include <string>

#include "aws/sts.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

// What `credential_process` names, its words separated as a shell would do it, without one. `place` says where it
// stands.
KeysAnswer process_keys(cloud::Machine& machine, const std::string& command, const std::string& place);
// Asks the AWS command line for a profile that it alone can use; `because` says why.
KeysAnswer exported_keys(cloud::Machine& machine, const std::string& profile, const std::string& because);

}  // namespace berth::aws
