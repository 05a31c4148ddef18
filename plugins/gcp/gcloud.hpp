// The login of Google's command line. Source: gcloud config config-helper --help.
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// `renew`: the last one was refused. Where there is no gcloud, or nobody is logged in, `why_not` says so, and that is
// no problem.
TokenAnswer gcloud_token(cloud::Machine& machine, bool renew, std::string& why_not);

}  // namespace berth::gcp
