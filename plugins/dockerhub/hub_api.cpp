#include "dockerhub/hub_api.hpp"

#include <cstdlib>

#include <berth/http.hpp>
#include <berth/json.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::dockerhub {
namespace {

constexpr std::int64_t kQueryTimeout =
    2000;  // milliseconds: a push does not depend on what is queried
constexpr int kTooManyRequests = 429;
constexpr std::size_t kMaxMessage = 200;

std::string repositories_of(const HubName& name) {
  return "/v2/namespaces/" + name.name_space + "/repositories";
}

std::int64_t wait_until(const common::Response& response) {
  const std::string until = response.header("x-retry-after");
  return common::all_digits(until) ? std::strtoll(until.c_str(), nullptr, 10) : 0;
}

// "status 403: permission denied"
std::string error_message(const common::Response& response) {
  if (response.status == 0) return response.problem;
  const std::int64_t until = response.status == kTooManyRequests ? wait_until(response) : 0;
  if (until > 0) return "rate limited until " + common::extended_time(until);
  const auto json = Json::parse(response.body);
  std::string message =
      json ? json->string("message").value_or(json->string("detail").value_or("")) : "";
  message = message.substr(0, kMaxMessage);
  return "status " + std::to_string(response.status) + (message.empty() ? "" : ": " + message);
}

HubRepository parse_found(const Json& document) {
  HubRepository repository;
  repository.state = HubRepository::State::found;
  repository.is_private = document.boolean("is_private");
  const Json* settings = document.find("immutable_tags_settings");
  if (settings == nullptr) return repository;
  repository.has_immutable_tags = settings->boolean("enabled").value_or(false);
  if (const Json* rules = settings->find("rules"))
    for (const auto& rule : rules->items())
      repository.immutable_rules += (repository.immutable_rules.empty() ? "" : ", ") + rule.text();
  return repository;
}

}  // namespace

HubRepository parse_hub_repository(const common::Response& response, bool authenticated) {
  HubRepository repository;
  const auto document = response.status == 200 ? Json::parse(response.body) : std::nullopt;
  if (document && document->is_object()) return parse_found(*document);
  if (response.status == 404 || (response.status == 401 && !authenticated)) {
    repository.state = HubRepository::State::not_found;
  } else if (response.status == kTooManyRequests) {
    repository.state = HubRepository::State::throttled;
    repository.wait_until = wait_until(response);
  }
  repository.error = response.ok() ? "the response is not JSON" : error_message(response);
  return repository;
}

common::Request HubApi::request(const char* method, const std::string& path,
                                const std::string& body) const {
  common::Request request;
  request.method = method;
  request.url = "https://hub.docker.com" + path;
  request.headers = {{"Accept", "application/json"}};
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  return request;
}

std::string HubApi::log_in() {
  const std::string body = std::string(R"({"identifier": ")") + USERNAME_PLACEHOLDER +
                           R"(", "secret": ")" + PASSWORD_PLACEHOLDER + R"("})";
  const auto response = host_api_.send_one(request("POST", "/v2/auth/token", body));
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  const auto token = json ? json->string("access_token") : std::nullopt;
  if (!token)
    return response.ok() ? "the response contains no access_token" : error_message(response);
  token_ = *token;
  return {};
}

HubRepository HubApi::repository(const HubName& name) {
  auto query = request("GET", repositories_of(name) + "/" + name.name);
  if (token_.empty()) query.timeout_ms = kQueryTimeout;
  return parse_hub_repository(host_api_.send_one(query), !token_.empty());
}

std::string HubApi::create(const HubName& name, bool is_private) {
  const std::string body = R"({"name": )" + json_quote(name.name) + R"(, "namespace": )" +
                           json_quote(name.name_space) + R"(, "is_private": )" +
                           (is_private ? "true" : "false") + R"(, "description": ""})";
  const auto response = host_api_.send_one(request("POST", repositories_of(name), body));
  if (response.ok()) return {};
  constexpr int conflict = 409;
  const bool exists =
      response.status == conflict ||
      (response.status == 400 && response.body.find("already exists") != std::string::npos);
  return exists ? "" : error_message(response);
}

}  // namespace berth::dockerhub
