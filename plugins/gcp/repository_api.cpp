#include "gcp/repository_api.hpp"

#include <algorithm>

#include <berth/encoding.hpp>

#include "common/text.hpp"
#include "gcp/token_exchange.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kApi = "https://artifactregistry.googleapis.com/v1/";
constexpr const char* kDownloadPermission = "artifactregistry.repositories.downloadArtifacts";
// In milliseconds. Making a repository takes a second or two.
constexpr std::int64_t kPollIntervals[] = {0, 100, 200, 300, 400, 500, 500, 500, 500};

Answer answer_of(const common::Response& response) {
  Answer answer;
  answer.status = response.status;
  if (response.status == 0) {
    answer.error = response.problem;
    return answer;
  }
  auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  if (json && json->is_object()) {
    answer.json = std::move(json);
    return answer;
  }
  answer.error = response.ok() ? "the response is not JSON" : error_message(response);
  answer.body = response.body;
  answer.retry_after = response.header("retry-after");
  return answer;
}

bool is_done(const Json& operation) { return operation.boolean("done").value_or(false); }

}  // namespace

common::Request RepositoryApi::request(const char* method, const std::string& path,
                                       const std::string& body) const {
  common::Request request{method,
                          kApi + path,
                          {{"Accept", "application/json"}, {"Authorization", "Bearer " + token_}},
                          body};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

std::pair<Answer, Answer> RepositoryApi::describe(const Repository& repository) {
  std::string permissions;
  for (const std::string name :
       {kUploadPermission, kDownloadPermission, kTagPermissions[0], kTagPermissions[1]})
    permissions += (permissions.empty() ? "" : ", ") + json_quote(name);
  auto test = request("POST", repository.name() + ":testIamPermissions",
                      "{\"permissions\": [" + permissions + "]}");
  test.repeatable = true;  // it only reads
  const auto responses = host_api_.send({request("GET", repository.name()), test});
  return {answer_of(responses[0]), answer_of(responses[1])};
}

Answer RepositoryApi::create(const Repository& repository, bool immutable_tags) {
  const std::string config = immutable_tags ? R"(, "dockerConfig": {"immutableTags": true})" : "";
  const auto asked = request(
      "POST",
      repository.parent() + "/repositories?" + form_encode({{"repositoryId", repository.id}}),
      R"({"format": "DOCKER", "mode": "STANDARD_REPOSITORY")" + config + "}");
  Answer answer = answer_of(host_api_.send_one(asked));
  constexpr int already_exists = 409;
  if (!answer.json)
    return answer.status == already_exists ? Answer{Json(), already_exists} : answer;
  return finished(std::move(answer));
}

Answer RepositoryApi::finished(Answer operation) {
  const std::string name = operation.json->string("name").value_or("");
  for (const std::int64_t pause : kPollIntervals) {
    if (!operation.json || is_done(*operation.json)) break;
    if (pause > 0) host_api_.pause(pause);
    operation = answer_of(host_api_.send_one(request("GET", name)));
  }
  if (!operation.json) return operation;
  Answer failed;
  failed.status = operation.status;
  if (!is_done(*operation.json)) {
    failed.error = "that takes longer than usual";
    failed.is_pending = true;
    return failed;
  }
  const Json* error = operation.json->find("error");
  if (error == nullptr) return operation;
  failed.error = error->string("message").value_or("the operation failed");
  return failed;
}

bool grants(const Json& answer, const std::string& permission) {
  const Json* list = answer.find("permissions");
  if (list == nullptr) return false;
  const auto& items = list->items();
  return std::any_of(items.begin(), items.end(),
                     [&](const Json& one) { return one.text() == permission; });
}

}  // namespace berth::gcp
