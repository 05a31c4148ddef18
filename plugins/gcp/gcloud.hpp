// The login of Google's command line. Source: gcloud config config-helper --help.
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// `renew`: the last token was rejected. `absent`: there is no gcloud, or no account is active in it. Every other
// failure of the program is a broken source.
TokenAnswer gcloud_token(common::HostApi& host_api, bool renew, std::string& absent);

}  // namespace berth::gcp
