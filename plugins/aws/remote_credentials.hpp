// Keys that the place where berth runs offers: a container's, an instance's.
// Source: Amazon ECS Developer Guide, "Task IAM role"; Amazon EC2 User Guide, "Use IMDSv2".
#pragma once

#include "aws/sts.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI; plain http only to loopback and the
// addresses of ECS and EKS.
KeysAnswer container_keys(common::HostApi& host_api);
// IMDSv2. Not set up: no instance metadata service answers, the service has no IMDSv2, or the
// instance has no role.
KeysAnswer instance_keys(common::HostApi& host_api);
// AWS_EC2_METADATA_DISABLED: instance_keys() is not set up (a reason in `absent`), or the variable
// is broken
// (`problem`); both empty if the keys may be used.
KeysAnswer instance_switch(common::HostApi& host_api);

}  // namespace berth::aws
