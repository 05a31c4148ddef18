// Keys that the place where berth runs offers: a container's, an instance's.
// Source: Amazon ECS Developer Guide, "Task IAM role"; Amazon EC2 User Guide, "Use IMDSv2".
#pragma once

#include "aws/sts.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI; plain http only to loopback and the addresses of ECS and EKS.
KeysAnswer container_keys(cloud::Machine& machine);
// IMDSv2; never with AWS_EC2_METADATA_DISABLED=true.
KeysAnswer instance_keys(cloud::Machine& machine);

}  // namespace berth::aws
