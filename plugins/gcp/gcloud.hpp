// The login of Google's command line. Source: gcloud config config-helper --help.
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// `renew`: the last token was rejected. `absent`: gcloud is not installed, or has no active
// account. Every other failure of the program is a broken source.
TokenAnswer gcloud_token(common::HostApi& host_api, bool renew, std::string& absent);

}  // namespace berth::gcp
