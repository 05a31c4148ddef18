// Hosts of Amazon ECR: which account, region and partition, and where its interfaces are. Pure;
// providers differ in spelling, not in meaning: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
// "123456789012.dkr-ecr.eu-west-1.on.aws", "public.ecr.aws". Source:
// awslabs/amazon-ecr-credential-helper, api/client.go; botocore's partitions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/host_fault.hpp"

namespace berth::aws {

struct EcrHost {
  bool is_public = false;  // public.ecr.aws; no account then
  std::string account;     // 12 digits
  std::string region;      // where its tokens are made; for the public one always us-east-1
  bool fips = false;
  bool dual_stack = false;
  std::string api_host;  // "api.ecr.eu-west-1.amazonaws.com"
  std::string sts_host;  // "sts.eu-west-1.amazonaws.com"
};

// Parses a host without port, in any case. std::nullopt if it is not a host of ECR.
std::optional<EcrHost> parse_ecr_host(std::string_view host);
// Why `host` is not one, with the forms that are. Without a cause if it does not look like one.
common::HostFault explain_ecr_host(std::string_view host);

}  // namespace berth::aws
