// The credentials of Google's own tools, in their order: GOOGLE_APPLICATION_CREDENTIALS, the file
// of gcloud auth application-default login, the metadata server, gcloud. The first source that is
// set up provides the token or fails: a broken source is never skipped for a later one, which may
// be another identity. Source: "How Application Default Credentials works"; docker-credential-gcr,
// credhelper/helper.go.
#pragma once

#include <string>
#include <vector>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// `renew`: the registry rejected the last token. `tried` gets every source that is not set up, and
// how that was seen.
TokenAnswer find_token(common::HostApi& host_api, bool renew, std::vector<std::string>& tried);

}  // namespace berth::gcp
