#include "aws/remote_credentials.hpp"

#include <algorithm>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "cloud/text.hpp"
#include "cloud/time.hpp"

namespace berth::aws {
namespace {

KeysAnswer keys_of(const cloud::Response& response, const std::string& source) {
  if (response.status == 0) return {std::nullopt, source + ": " + response.problem};
  if (!response.ok()) return {std::nullopt, source + " answered status " + std::to_string(response.status)};
  const auto json = Json::parse(response.body);
  const auto id = json ? json->string("AccessKeyId") : std::nullopt;
  const auto secret = json ? json->string("SecretAccessKey") : std::nullopt;
  if (!id || !secret) return {std::nullopt, source + " answered without keys"};
  return {Keys{*id, *secret, json->string("Token").value_or(""),
               cloud::parse_time(json->string("Expiration").value_or("")).value_or(0), source},
          {}};
}

bool may_be_plain(const std::string& url) {
  const std::string rest = url.substr(std::string("http://").size());
  const std::string host = rest.substr(0, rest.front() == '[' ? rest.find(']') + 1 : rest.find_first_of(":/"));
  const std::string_view allowed[] = {"localhost",     "127.0.0.1",      "[::1]",
                                      "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::find(std::begin(allowed), std::end(allowed), host) != std::end(allowed);
}

}  // namespace

KeysAnswer container_keys(cloud::Machine& machine) {
  const auto relative = machine.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = machine.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) return {};
  const std::string url = relative ? "http://169.254.170.2" + *relative : *full;
  if (cloud::starts_with(url, "http://") && !may_be_plain(url))
    return {std::nullopt,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is plain http to a host that is not this machine: " + url};
  cloud::Request request{"GET", url, {{"Accept", "application/json"}}, {}};
  std::string token = machine.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto path = machine.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    const cloud::File file = machine.file(*path);
    if (!file.found || !file.problem.empty())
      return {std::nullopt, *path + ": " + (file.problem.empty() ? "there is no such file" : file.problem)};
    token = cloud::trimmed(file.text);
  }
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  return keys_of(machine.send_one(request), "container credentials at " + url);
}

KeysAnswer instance_keys(cloud::Machine& machine) {
  const std::string source = "instance metadata";
  if (cloud::lower(machine.variable("AWS_EC2_METADATA_DISABLED").value_or("")) == "true")
    return {std::nullopt, "AWS_EC2_METADATA_DISABLED is true"};
  const std::string base = "http://169.254.169.254/latest";
  const auto token = machine.send_one(
      {"PUT", base + "/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}, {}, cloud::kMetadataTimeout});
  if (!token.ok())
    return {std::nullopt,
            source + ": " + (token.status == 0 ? token.problem : "status " + std::to_string(token.status))};
  const std::string roles = base + "/meta-data/iam/security-credentials/";
  const std::vector<std::pair<std::string, std::string>> headers{{"x-aws-ec2-metadata-token", token.body}};
  const auto role = machine.send_one({"GET", roles, headers, {}, cloud::kMetadataTimeout});
  if (!role.ok()) return {std::nullopt, source + ": this instance has no role"};
  const std::string name = cloud::split(role.body, '\n').front();
  return keys_of(machine.send_one({"GET", roles + percent_encoded(name), headers, {}}), source + ", role " + name);
}

}  // namespace berth::aws
