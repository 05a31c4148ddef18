// How a workload on AWS proves to Google who it is: with a question to AWS's STS, "who am I", which
// it signs and does not send; Google sends it. Source: Google AIP-4117; google-auth-library,
// AwsClient.
#pragma once

#include <string>

#include <berth/json.hpp>

#include "common/host_api.hpp"
#include "gcp/subject_token.hpp"

namespace berth::gcp {

// `source` is the file's credential_source, `place` the file's name. Region and keys are those of
// the environment, else those of the instance.
SubjectToken aws_subject_token(common::HostApi& host_api, const Json& source,
                               const std::string& audience, const std::string& place);

}  // namespace berth::gcp
