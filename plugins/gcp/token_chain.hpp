// Where Google's own tools find their credentials, in their order: GOOGLE_APPLICATION_CREDENTIALS → the file of
// gcloud auth application-default login → metadata server → gcloud. The first source that is there answers or fails;
// it is never passed over for a later one.
// Source: "How Application Default Credentials works"; docker-credential-gcr, credhelper/helper.go.
#pragma once

#include <string>
#include <vector>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// `renew`: the registry refused the last one. `tried` gets every source that had nothing to say, and why.
TokenAnswer find_token(cloud::Machine& machine, bool renew, std::vector<std::string>& tried);

}  // namespace berth::gcp
