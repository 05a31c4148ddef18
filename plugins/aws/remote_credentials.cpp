#include "aws/remote_credentials.hpp"

#include <algorithm>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

constexpr const char* kRelativeUri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFullUri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kDisabled = "AWS_EC2_METADATA_DISABLED";
constexpr const char* kMetadata = "http://169.254.169.254/latest";
constexpr const char* kNoInstance =
    "set AWS_EC2_METADATA_DISABLED=true if this machine is not an instance of EC2";

KeysAnswer keys_in(const common::Response& response, const std::string& source) {
  if (!response.ok()) return {std::nullopt, source + ": " + common::failure_of(response)};
  const auto json = Json::parse(response.body);
  const auto id = json ? json->string("AccessKeyId") : std::nullopt;
  const auto secret = json ? json->string("SecretAccessKey") : std::nullopt;
  // "Code" is that of the instance metadata service, "code" that of ECS.
  const std::string code =
      json ? json->string("Code").value_or(json->string("code").value_or("")) : "";
  if (!id || !secret)
    return {std::nullopt,
            source + ": the response has no keys" + (code.empty() ? "" : " (" + code + ")")};
  const auto expires = json->string("Expiration");
  const auto time = expires ? common::parse_time(*expires) : std::optional<std::int64_t>(0);
  if (!time) return {std::nullopt, source + ": its Expiration is not a time"};
  return {Keys{*id, *secret, json->string("Token").value_or(""), *time, source}, {}};
}

// Source: AWS IAM API Reference, RoleName.
bool is_role_name(const std::string& name) {
  constexpr std::string_view others = "+=,.@_-";
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [others](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

bool is_own_address(const std::string& url) {
  const std::string rest = url.substr(std::string("http://").size());
  const std::string host = rest.substr(
      0, common::starts_with(rest, "[") ? rest.find(']') + 1 : rest.find_first_of(":/"));
  const std::string_view allowed[] = {"localhost",     "127.0.0.1",      "[::1]",
                                      "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::find(std::begin(allowed), std::end(allowed), host) != std::end(allowed);
}

// The Authorization header's value, as KeysAnswer::absent; empty: none. Or what is broken.
KeysAnswer container_authorization(common::HostApi& host_api) {
  constexpr const char* variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
  const auto path = host_api.environment_variable(variable);
  if (!path)
    return not_set_up(
        host_api.environment_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or(""));
  const common::File file = host_api.file(*path);
  const std::string token(common::trimmed(file.text));
  const std::string fault = !file.found ? "does not exist" : token.empty() ? "is empty" : "";
  if (!file.problem.empty() || !fault.empty())
    return {std::nullopt,
            std::string(variable) + " " + *path + ": " +
                (file.problem.empty() ? "the file " + fault : file.problem),
            std::string("set ") + variable + " to a file with a token, or unset it"};
  return not_set_up(token);
}

}  // namespace

KeysAnswer container_keys(common::HostApi& host_api) {
  const auto relative = host_api.environment_variable(kRelativeUri);
  const auto full = host_api.environment_variable(kFullUri);
  if (!relative && !full) return not_set_up(std::string(kFullUri) + " is not set");
  if (relative && relative->front() != '/')
    return {std::nullopt, std::string(kRelativeUri) + " is " + *relative + ", which is not a path",
            std::string("set ") + kRelativeUri + " to a path that begins with /, or unset it"};
  const std::string url = relative ? "http://169.254.170.2" + *relative : *full;
  const bool plain = common::starts_with(url, "http://");
  if (!plain && !common::starts_with(url, "https://"))
    return {std::nullopt, std::string(kFullUri) + " is " + url + ", which is not a URL",
            std::string("set ") + kFullUri + " to a URL, or unset it"};
  if (plain && !is_own_address(url))
    return {std::nullopt,
            std::string(kFullUri) + " is plain http to a host that is not this machine: " + url,
            "use https"};
  KeysAnswer authorization = container_authorization(host_api);
  if (authorization.is_set_up()) return authorization;
  common::Request request{"GET", url, {{"Accept", "application/json"}}, {}};
  if (!authorization.absent.empty())
    request.headers.emplace_back("Authorization", authorization.absent);
  KeysAnswer answer = keys_in(host_api.send_one(request), "container credentials at " + url);
  if (!answer.keys)
    answer.fix = std::string("unset ") + (relative ? kRelativeUri : kFullUri) +
                 " if this is not a container of AWS";
  return answer;
}

KeysAnswer instance_switch(common::HostApi& host_api) {
  const std::string value =
      common::lower(common::trimmed(host_api.environment_variable(kDisabled).value_or("")));
  if (value.empty() || value == "false") return {};
  if (value == "true") return not_set_up(std::string(kDisabled) + " is true");
  return {std::nullopt, std::string(kDisabled) + " is " + value,
          std::string("set ") + kDisabled + " to true or false"};
}

KeysAnswer instance_keys(common::HostApi& host_api) {
  if (KeysAnswer off = instance_switch(host_api); off.is_set_up() || !off.absent.empty())
    return off;
  const std::string source = "instance metadata at 169.254.169.254";
  const std::string base = kMetadata;
  const auto token = host_api.send_one({"PUT",
                                        base + "/api/token",
                                        {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                                        {},
                                        common::kMetadataTimeout});
  if (common::is_missing_service(token)) return not_set_up(common::failure_of(token));
  if (!token.ok()) return {std::nullopt, source + ": " + common::failure_of(token), kNoInstance};
  const std::string roles = base + "/meta-data/iam/security-credentials/";
  const std::vector<std::pair<std::string, std::string>> headers{
      {"x-aws-ec2-metadata-token", token.body}};
  const auto role = host_api.send_one({"GET", roles, headers, {}});
  if (role.status == 404 || (role.ok() && common::trimmed(role.body).empty()))
    return not_set_up("this instance has no role");
  if (!role.ok()) return {std::nullopt, source + ": " + common::failure_of(role), kNoInstance};
  const std::string name(common::trimmed(common::split(role.body, '\n').front()));
  if (!is_role_name(name))
    return {std::nullopt, source + ": it returned no name of a role", kNoInstance};
  KeysAnswer answer = keys_in(host_api.send_one({"GET", roles + percent_encode(name), headers, {}}),
                              "instance metadata, role " + name);
  if (!answer.keys) answer.fix = kNoInstance;
  return answer;
}

}  // namespace berth::aws
