#include "aws/ecr_api.hpp"

#include <algorithm>

#include <berth/encoding.hpp>

#include "aws/sts.hpp"
#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

constexpr const char* kPrivateTarget = "AmazonEC2ContainerRegistry_V20150921.";
constexpr const char* kPublicTarget = "SpencerFrontendService.";

// "com.amazonaws.ecr#RepositoryNotFoundException" → "RepositoryNotFoundException"
std::string error_name(const Json& json) {
  const std::string type = json.string("__type").value_or("");
  return type.substr(type.find('#') == std::string::npos ? 0 : type.find('#') + 1);
}

// "123456789012" of "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com".
std::string account_of(const std::string& endpoint) {
  if (endpoint.find("://") == std::string::npos) return {};
  const auto host = parse_ecr_host(common::host_of_url(endpoint));
  return host ? host->account : std::string();
}

// The account comes first where the API serves more than one.
std::string body(const EcrHost& host, const std::string& members) {
  return "{" + (host.is_public ? "" : "\"registryId\": " + json_quote(host.account) + ", ") +
         members + "}";
}

constexpr std::int64_t kThrottlePauses[] = {250, 750};  // milliseconds

Answer answer_of(const common::Response& response) {
  Answer answer;
  if (response.status == 0) return {std::nullopt, "unreachable", response.problem, 0};
  answer.server_time = common::parse_http_date(response.header("date")).value_or(0);
  auto json = Json::parse(response.body);
  if (response.ok() && json && json->is_object()) {
    answer.json = std::move(json);
    return answer;
  }
  answer.error = json ? error_name(*json) : std::string();
  if (answer.error.empty()) answer.error = "status " + std::to_string(response.status);
  // Which of the two spellings depends on the service's age.
  if (json) answer.message = json->string("message").value_or(json->string("Message").value_or(""));
  return answer;
}

}  // namespace

bool Answer::is_throttled() const {
  return error == "ThrottlingException" || error == "TooManyRequestsException" ||
         error == "Throttling" || error == "RequestLimitExceeded";
}

bool Answer::is_expired() const {
  return error == "ExpiredTokenException" || error == "ExpiredToken" || error == "RequestExpired";
}

EcrApi::EcrApi(common::HostApi& host_api, const EcrHost& host, std::string endpoint,
               const Keys& keys)
    : host_api_(host_api), host_(host), endpoint_(std::move(endpoint)), keys_(keys) {
  while (common::ends_with(endpoint_, "/")) endpoint_.pop_back();
}

std::vector<Answer> EcrApi::ask(const std::vector<Action>& actions) {
  std::vector<Answer> answers = send(actions);
  for (const std::int64_t pause : kThrottlePauses) {
    if (std::none_of(answers.begin(), answers.end(),
                     [](const Answer& one) { return one.is_throttled(); }))
      break;
    host_api_.pause(pause);
    for (std::size_t i = 0; i < actions.size(); ++i)
      if (answers[i].is_throttled()) answers[i] = send({actions[i]}).front();
  }
  return answers;
}

std::vector<Answer> EcrApi::send(const std::vector<Action>& actions) {
  const common::AwsSigning signing{common::host_of_url(endpoint_), host_.region,
                                   host_.is_public ? "ecr-public" : "ecr", host_api_.now()};
  std::vector<common::Request> requests;
  for (const Action& action : actions) {
    const common::Headers headers{
        {"Content-Type", "application/x-amz-json-1.1"},
        {"X-Amz-Target", (host_.is_public ? kPublicTarget : kPrivateTarget) + action.name}};
    requests.push_back({"POST", endpoint_ + "/",
                        common::aws_signed_headers(headers, action.body, keys_, signing, host_api_),
                        action.body});
    // CreateRepository included: a repository that exists already is accepted.
    requests.back().repeatable = true;
  }
  std::vector<Answer> answers;
  for (const common::Response& response : host_api_.send(requests))
    answers.push_back(answer_of(response));
  return answers;
}

EcrApi::Action EcrApi::describe_repository(const EcrHost& host, const std::string& repository) {
  return {"DescribeRepositories",
          body(host, "\"repositoryNames\": [" + json_quote(repository) + "]")};
}

EcrApi::Action EcrApi::describe_tag(const EcrHost& host, const std::string& repository,
                                    const std::string& tag) {
  return {"DescribeImages",
          body(host, "\"repositoryName\": " + json_quote(repository) +
                         ", \"imageIds\": [{\"imageTag\": " + json_quote(tag) + "}]")};
}

EcrApi::Action EcrApi::create_repository(const EcrHost& host, const std::string& repository,
                                         bool immutable_tags) {
  return {"CreateRepository",
          body(host, "\"repositoryName\": " + json_quote(repository) +
                         (immutable_tags ? ", \"imageTagMutability\": \"IMMUTABLE\"" : ""))};
}

std::optional<RegistryLogin> registry_login(const Json& answer) {
  const Json* data = answer.find("authorizationData");
  if (data == nullptr) return std::nullopt;
  // A list of one in the private interface, the object itself in the public one.
  if (!data->items().empty()) data = &data->items().front();
  const auto token = data->string("authorizationToken");
  const auto plain = token ? base64_decode(*token) : std::nullopt;
  const auto colon = plain ? plain->find(':') : std::string::npos;
  if (!plain || colon == std::string::npos) return std::nullopt;
  return RegistryLogin{*token, plain->substr(colon + 1),
                       static_cast<std::int64_t>(data->number("expiresAt").value_or(0)),
                       account_of(data->string("proxyEndpoint").value_or(""))};
}

Mutability tag_mutability(const Json& repository, std::string_view tag) {
  const std::string setting = repository.string("imageTagMutability").value_or("MUTABLE");
  bool immutable = common::starts_with(setting, "IMMUTABLE");
  const Json* filters = repository.find("imageTagMutabilityExclusionFilters");
  if (filters != nullptr && common::ends_with(setting, "_WITH_EXCLUSION")) {
    const auto& list = filters->items();
    const bool excluded = std::any_of(list.begin(), list.end(), [tag](const Json& one) {
      return matches_wildcard(one.string("filter").value_or(""), tag);
    });
    if (excluded) immutable = !immutable;
  }
  return immutable ? Mutability::immutable : Mutability::mutable_;
}

bool created_on_push(const Json& answer, std::string_view repository) {
  const Json* templates = answer.find("repositoryCreationTemplates");
  if (templates == nullptr) return false;
  for (const Json& one : templates->items()) {
    const Json* applied = one.find("appliedFor");
    if (applied == nullptr) continue;
    const auto& list = applied->items();
    const bool on_push = std::any_of(
        list.begin(), list.end(), [](const Json& what) { return what.text() == "CREATE_ON_PUSH"; });
    const std::string prefix = one.string("prefix").value_or("");
    if (on_push &&
        (prefix == "ROOT" || common::starts_with(repository, prefix + "/") || repository == prefix))
      return true;
  }
  return false;
}

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  std::size_t at = 0;
  std::size_t in = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace berth::aws
