#include "gcp/aws_identity.hpp"

#include <optional>

#include <berth/encoding.hpp>

#include "common/aws_signature.hpp"
#include "common/text.hpp"

namespace berth::gcp {
namespace {

// The instance's metadata, at the addresses that the file names.
class AwsInstance {
 public:
  AwsInstance(common::HostApi& host_api, const Json& source)
      : host_api_(host_api), source_(source) {}

  // "eu-central-1" of the zone "eu-central-1b".
  std::optional<std::string> region() {
    auto zone = get("region_url", source_.string("region_url").value_or(""));
    if (zone && !zone->empty()) zone->pop_back();
    return zone;
  }
  std::optional<common::AwsKeys> keys() {
    const std::string url = source_.string("url").value_or("");
    const auto role = get("url", url);
    const auto response = role ? get("url", url + "/" + *role, "application/json") : std::nullopt;
    const auto json = response ? Json::parse(*response) : std::nullopt;
    const auto id = json ? json->string("AccessKeyId") : std::nullopt;
    const auto secret = json ? json->string("SecretAccessKey") : std::nullopt;
    if (response && (!id || !secret)) problem_ = "the response of its url contains no keys";
    if (!id || !secret) return std::nullopt;
    return common::AwsKeys{*id, *secret, json->string("Token").value_or(""), 0, {}};
  }
  // Why the last request had no result.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  // `member` names the URL.
  std::optional<std::string> get(const char* member, const std::string& url,
                                 const char* accept = "*/*") {
    if (url.empty()) return failed(member, "is missing");
    if (!open_session()) return std::nullopt;
    auto headers = session_;
    headers.emplace_back("Accept", accept);
    const auto response = host_api_.send_one({"GET", url, headers, {}, common::kMetadataTimeout});
    if (!response.ok()) return failed(member, reason(response));
    return std::string(common::trimmed(response.body));
  }

  // Version 2 of the service requires a token, fetched once.
  bool open_session() {
    constexpr const char* kMember = "imdsv2_session_token_url";
    const auto url = source_.string(kMember);
    if (!url || !session_.empty()) return true;
    const auto token = host_api_.send_one({"PUT",
                                           *url,
                                           {{"x-aws-ec2-metadata-token-ttl-seconds", "300"}},
                                           {},
                                           common::kMetadataTimeout});
    if (!token.ok()) return failed(kMember, reason(token)).has_value();
    session_ = {{"x-aws-ec2-metadata-token", token.body}};
    return true;
  }

  std::optional<std::string> failed(const char* member, const std::string& why) {
    problem_ = std::string("its ") + member + " " + why;
    return std::nullopt;
  }
  static std::string reason(const common::Response& response) {
    return response.status == 0 ? "did not respond: " + response.problem
                                : "responded with status " + std::to_string(response.status);
  }

  common::HostApi& host_api_;
  const Json& source_;
  common::Headers session_;
  std::string problem_;
};

// One of the two variables without the other is a broken source; empty: it is not.
std::string incomplete_environment(common::HostApi& host_api) {
  const bool id = host_api.environment_variable("AWS_ACCESS_KEY_ID").has_value();
  if (id == host_api.environment_variable("AWS_SECRET_ACCESS_KEY").has_value()) return {};
  return id ? "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"
            : "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not";
}

std::optional<common::AwsKeys> keys_of_environment(common::HostApi& host_api) {
  const auto id = host_api.environment_variable("AWS_ACCESS_KEY_ID");
  const auto secret = host_api.environment_variable("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret) return std::nullopt;
  return common::AwsKeys{
      *id, *secret, host_api.environment_variable("AWS_SESSION_TOKEN").value_or(""), 0, {}};
}

std::optional<std::string> region_of_environment(common::HostApi& host_api) {
  auto region = host_api.environment_variable("AWS_REGION");
  return region ? region : host_api.environment_variable("AWS_DEFAULT_REGION");
}

// The signed question, as Google takes it.
std::string signed_question(common::HostApi& host_api, const std::string& url,
                            const std::string& region, const common::AwsKeys& keys,
                            const std::string& audience) {
  const auto query = url.find('?');
  const std::string host = common::host_of_url(url.substr(0, query));
  const common::AwsSigning signing{host, region, host.substr(0, host.find('.')), host_api.now(),
                                   query == std::string::npos ? "" : url.substr(query + 1)};
  auto headers = common::aws_signed_headers({}, {}, keys, signing, host_api);
  headers.emplace_back("host", host);
  headers.emplace_back("x-goog-cloud-target-resource", audience);
  std::string list;
  for (const char* name : {"authorization", "host", "x-amz-date", "x-amz-security-token",
                           "x-goog-cloud-target-resource"})
    for (const auto& [key, value] : headers)
      if (common::lower(key) == name)
        list += (list.empty() ? "" : ",") + (R"({"key":")" + std::string(name)) + R"(","value":)" +
                json_quote(value) + "}";
  return percent_encode(R"({"url":)" + json_quote(url) + R"(,"method":"POST","headers":[)" + list +
                        "]}");
}

}  // namespace

SubjectToken aws_subject_token(common::HostApi& host_api, const Json& source,
                               const std::string& audience, const std::string& place) {
  constexpr std::string_view region_mark = "{region}";
  const std::string environment = source.string("environment_id").value_or("");
  std::string url = source.string("regional_cred_verification_url").value_or("");
  if (environment != "aws1" || !common::starts_with(url, "https://"))
    return {{},
            place + ": environment_id " + environment +
                " is not supported, or regional_cred_verification_url is missing or not https"};
  if (const std::string problem = incomplete_environment(host_api); !problem.empty())
    return {{}, place + " uses an identity of AWS: " + problem};
  auto region = region_of_environment(host_api);
  AwsInstance of_region(host_api, source);
  if (!region) region = of_region.region();
  if (!region)
    return {{},
            place + " uses an identity of AWS: AWS_REGION is not set, and " + of_region.problem(),
            "export AWS_REGION=REGION"};
  auto keys = keys_of_environment(host_api);
  AwsInstance of_keys(host_api, source);
  if (!keys) keys = of_keys.keys();
  if (!keys)
    return {
        {},
        place + " uses an identity of AWS: AWS_ACCESS_KEY_ID is not set, and " + of_keys.problem()};
  if (const auto at = url.find(region_mark); at != std::string::npos)
    url.replace(at, region_mark.size(), *region);
  return {signed_question(host_api, url, *region, *keys, audience)};
}

}  // namespace berth::gcp
