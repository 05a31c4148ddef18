#include "aws/sts.hpp"

#include <berth/encoding.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

constexpr const char* kVersion = "2011-06-15";

// The text of the first element of a name. The answers are flat, and nothing in them that is looked
// for is escaped but
// "&amp;" and the like in messages, which are shown as they are.
std::string element(const std::string& xml, const std::string& name) {
  const std::string open = "<" + name + ">";
  const auto start = xml.find(open);
  if (start == std::string::npos) return {};
  const auto end = xml.find("</" + name + ">", start);
  if (end == std::string::npos) return {};
  return std::string(common::trimmed(xml.substr(start + open.size(), end - start - open.size())));
}

}  // namespace

common::Request Sts::request(const Fields& fields, const Keys* keys) {
  common::Request request{"POST", endpoint_ + "/", {}, form_encode(fields)};
  request.repeatable = true;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  if (keys != nullptr)
    request.headers = common::aws_signed_headers(
        request.headers, request.body, *keys,
        {common::host_of_url(endpoint_), region_, "sts", host_api_.now()}, host_api_);
  return request;
}

KeysAnswer Sts::keys_of(const common::Response& response, const Role& role) {
  if (response.status == 0)
    return {std::nullopt, common::host_of_url(endpoint_) + ": " + response.problem};
  if (!response.ok()) {
    const std::string code = element(response.body, "Code");
    return {std::nullopt,
            "role " + role.arn + " was not assumed: " +
                (code.empty() ? "status " + std::to_string(response.status)
                              : code + ": " + element(response.body, "Message")),
            code == "AccessDenied" ? "allow it in the trust policy of " + role.arn : std::string()};
  }
  Keys keys{element(response.body, "AccessKeyId"),
            element(response.body, "SecretAccessKey"),
            element(response.body, "SessionToken"),
            common::parse_time(element(response.body, "Expiration")).value_or(0),
            {}};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty())
    return {std::nullopt,
            common::host_of_url(endpoint_) + " returned no keys for role " + role.arn};
  return {std::move(keys), {}};
}

KeysAnswer Sts::assume_role(const Role& role, const Keys& with) {
  Fields fields{
      {"Action", "AssumeRole"}, {"Version", kVersion}, {"RoleSessionName", role.session_name}};
  if (!role.external_id.empty()) fields.emplace_back("ExternalId", role.external_id);
  fields.emplace_back("RoleArn", role.arn);
  return keys_of(host_api_.send_one(request(fields, &with)), role);
}

KeysAnswer Sts::assume_role_with_web_identity(const Role& role, const std::string& token) {
  const Fields fields{{"Action", "AssumeRoleWithWebIdentity"},
                      {"Version", kVersion},
                      {"RoleSessionName", role.session_name},
                      {"RoleArn", role.arn},
                      {"WebIdentityToken", token}};
  return keys_of(host_api_.send_one(request(fields, nullptr)), role);
}

std::optional<Caller> Sts::caller(const Keys& keys, std::int64_t timeout_ms) {
  auto asked = request({{"Action", "GetCallerIdentity"}, {"Version", kVersion}}, &keys);
  asked.timeout_ms = timeout_ms;
  const auto response = host_api_.send_one(asked);
  if (!response.ok()) return std::nullopt;
  Caller caller{element(response.body, "Arn"), element(response.body, "Account")};
  return caller.arn.empty() ? std::nullopt : std::optional(std::move(caller));
}

}  // namespace berth::aws
