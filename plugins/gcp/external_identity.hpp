// The token with which a workload proves to Google who it is elsewhere: the credential_source of an
// external_account. Source: Google AIP-4117; google-auth-library, "Workload Identity Federation".
#pragma once

#include <string>

#include <berth/json.hpp>

#include "common/host_api.hpp"
#include "gcp/subject_token.hpp"

namespace berth::gcp {

// `account` is the file's document, `place` its name. From AWS's STS, a file, a URL, or, if
// GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1, a program; as text or as JSON.
SubjectToken subject_token(common::HostApi& host_api, const Json& account,
                           const std::string& place);

}  // namespace berth::gcp
