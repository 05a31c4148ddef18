#include "gcp/gcloud.hpp"

#include "cloud/time.hpp"

namespace berth::gcp {

TokenAnswer gcloud_token(cloud::Machine& machine, bool renew, std::string& why_not) {
  std::vector<std::string> command{"gcloud", "config", "config-helper"};
  if (renew) command.emplace_back("--force-auth-refresh");
  command.emplace_back("--format=json(credential)");
  const cloud::Output output = machine.run(command);
  if (!output.problem.empty() || output.status != 0) {
    why_not = output.problem.empty() ? "ended with status " + std::to_string(output.status) + " (gcloud auth login)"
                                     : output.problem;
    return {};
  }
  const auto json = Json::parse(output.out);
  const Json* credential = json ? json->find("credential") : nullptr;
  const auto token = credential != nullptr ? credential->string("access_token") : std::nullopt;
  if (!token) return broken("gcloud config config-helper printed no access_token", "gcloud auth login");
  const auto expires = cloud::parse_time(credential->string("token_expiry").value_or(""));
  return {AccessToken{*token, expires.value_or(0), "gcloud", {}}, {}};
}

}  // namespace berth::gcp
