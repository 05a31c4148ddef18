// Keys of a single sign-on. Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center
// credential provider".
#pragma once

#include <string>

#include "aws/profile.hpp"
#include "aws/sts.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// Exchanges the token that `aws sso login` stored for the keys of the profile's role. A token that
// has expired is left to the AWS command line, which may renew it and store it; berth does not
// write there.
KeysAnswer sso_keys(common::HostApi& host_api, const Profiles& profiles,
                    const std::string& profile);

}  // namespace berth::aws
