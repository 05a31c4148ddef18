#include "gcp/aws_identity.hpp"

#include <optional>

#include <berth/encoding.hpp>

#include "cloud/aws_signature.hpp"
#include "cloud/text.hpp"

namespace berth::gcp {
namespace {

// The instance's metadata, at the addresses that the file names.
class AwsInstance {
 public:
  AwsInstance(cloud::Machine& machine, const Json& source) : machine_(machine), source_(source) {}

  // "eu-central-1" of the zone "eu-central-1b".
  std::optional<std::string> region() {
    auto zone = get(source_.string("region_url").value_or(""));
    if (zone && !zone->empty()) zone->pop_back();
    return zone;
  }
  std::optional<cloud::AwsKeys> keys() {
    const std::string url = source_.string("url").value_or("");
    const auto role = get(url);
    const auto answer = role ? get(url + "/" + *role, "application/json") : std::nullopt;
    const auto json = answer ? Json::parse(*answer) : std::nullopt;
    const auto id = json ? json->string("AccessKeyId") : std::nullopt;
    const auto secret = json ? json->string("SecretAccessKey") : std::nullopt;
    if (!id || !secret) return std::nullopt;
    return cloud::AwsKeys{*id, *secret, json->string("Token").value_or(""), 0, {}};
  }

 private:
  std::optional<std::string> get(const std::string& url, const char* accept = "*/*") {
    if (url.empty()) return std::nullopt;
    auto headers = session();
    headers.emplace_back("Accept", accept);
    const auto response = machine_.send_one({"GET", url, headers, {}, cloud::kMetadataTimeout});
    return response.ok() ? std::optional(std::string(cloud::trimmed(response.body))) : std::nullopt;
  }

  // Version 2 of the service gives a token first, once.
  const cloud::Headers& session() {
    const auto url = source_.string("imdsv2_session_token_url");
    if (!url || !session_.empty()) return session_;
    const auto token = machine_.send_one(
        {"PUT", *url, {{"x-aws-ec2-metadata-token-ttl-seconds", "300"}}, {}, cloud::kMetadataTimeout});
    session_ = {{"x-aws-ec2-metadata-token", token.body}};
    return session_;
  }

  cloud::Machine& machine_;
  const Json& source_;
  cloud::Headers session_;
};

std::optional<cloud::AwsKeys> keys_of_environment(cloud::Machine& machine) {
  const auto id = machine.variable("AWS_ACCESS_KEY_ID");
  const auto secret = machine.variable("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret) return std::nullopt;
  return cloud::AwsKeys{*id, *secret, machine.variable("AWS_SESSION_TOKEN").value_or(""), 0, {}};
}

std::optional<std::string> region_of_environment(cloud::Machine& machine) {
  auto region = machine.variable("AWS_REGION");
  return region ? region : machine.variable("AWS_DEFAULT_REGION");
}

// The signed question, as Google takes it.
std::string signed_question(cloud::Machine& machine, const std::string& url, const std::string& region,
                            const cloud::AwsKeys& keys, const std::string& audience) {
  const auto query = url.find('?');
  const std::string host = cloud::host_of_url(url.substr(0, query));
  const cloud::AwsSigning signing{host, region, host.substr(0, host.find('.')), machine.now(),
                                  query == std::string::npos ? "" : url.substr(query + 1)};
  auto headers = cloud::aws_signed_headers({}, {}, keys, signing, machine);
  headers.emplace_back("host", host);
  headers.emplace_back("x-goog-cloud-target-resource", audience);
  std::string list;
  for (const char* name :
       {"authorization", "host", "x-amz-date", "x-amz-security-token", "x-goog-cloud-target-resource"})
    for (const auto& [key, value] : headers)
      if (cloud::lower(key) == name)
        list += (list.empty() ? "" : ",") + (R"({"key":")" + std::string(name)) + R"(","value":)" + json_string(value) +
                "}";
  return percent_encoded(R"({"url":)" + json_string(url) + R"(,"method":"POST","headers":[)" + list + "]}");
}

}  // namespace

SubjectToken aws_subject_token(cloud::Machine& machine, const Json& source, const std::string& audience,
                               const std::string& place) {
  constexpr std::string_view region_mark = "{region}";
  const std::string environment = source.string("environment_id").value_or("");
  std::string url = source.string("regional_cred_verification_url").value_or("");
  if (environment != "aws1" || !cloud::starts_with(url, "https://"))
    return {{}, place + ": an identity of " + environment + " is not known, or lacks regional_cred_verification_url"};
  auto region = region_of_environment(machine);
  if (!region) region = AwsInstance(machine, source).region();
  if (!region)
    return {{}, place + " takes its identity from AWS, whose region neither AWS_REGION nor the instance says"};
  auto keys = keys_of_environment(machine);
  if (!keys) keys = AwsInstance(machine, source).keys();
  if (!keys) return {{}, place + " takes its identity from AWS, and neither environment nor instance have its keys"};
  if (const auto at = url.find(region_mark); at != std::string::npos) url.replace(at, region_mark.size(), *region);
  return {signed_question(machine, url, *region, *keys, audience), {}};
}

}  // namespace berth::gcp
