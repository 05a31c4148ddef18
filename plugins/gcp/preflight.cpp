#include "gcp/preflight.hpp"

#include "cloud/text.hpp"
#include "gcp/findings.hpp"

namespace berth::gcp {
namespace {

using State = Preflight::State;

constexpr int kUnauthenticated = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kTooMany = 429;

std::string place(const Repository& repository) {
  return "project " + repository.project + ", location " + repository.location;
}

// An answer that says nothing of the repository itself.
cloud::Finding common_fault(const Answer& answer, const Repository& repository) {
  if (answer.status == 0) return {&kUnreachable, "artifactregistry.googleapis.com was not asked: " + answer.error};
  if (answer.status == kUnauthenticated)
    return {&kTokenRefused, "Artifact Registry does not take the access token: " + answer.error,
            "gcloud auth application-default login"};
  if (answer.status == kTooMany)
    return {&kThrottled, "Google limits the rate of questions: " + answer.error +
                             (cloud::all_digits(answer.retry_after) ? "; again in " + answer.retry_after + " s" : "")};
  if (answer.status == kForbidden && answer.body.find("SERVICE_DISABLED") != std::string::npos)
    return {&kApiDisabled, "Artifact Registry is not switched on: " + answer.error,
            "gcloud services enable artifactregistry.googleapis.com --project=" + repository.project};
  if (answer.status == kForbidden && answer.error.find("insufficient authentication scopes") != std::string::npos)
    return {&kScopes, "the access token is not for Artifact Registry: " + answer.error,
            "give the instance the scope cloud-platform, or log in with gcloud auth application-default login"};
  return {&kNotAllowedToAsk,
          "either there is no repository " + repository.id + " in " + place(repository) +
              ", or this login may not see it: " + answer.error,
          "see whether it is there: gcloud artifacts repositories describe " + repository.id +
              " --location=" + repository.location + " --project=" + repository.project};
}

void judge_missing(const GarHost& host, const Repository& repository, bool create, Preflight& result) {
  const std::string what = "repository " + repository.id;
  if (create) {
    result.state = State::to_be_made;
    result.findings.push_back({&kRepositoryMade, what + " will be made in " + place(repository)});
  } else if (!host.repository.empty()) {
    result.state = State::on_push;
    result.findings.push_back({&kRepositoryOnPush,
                               what + " does not exist yet in " + place(repository) +
                                   "; the push makes it only with roles/artifactregistry.createOnPushWriter",
                               create_command(repository)});
  } else {
    result.state = State::missing;
    result.findings.push_back({&kRepositoryMissing,
                               what + " does not exist in " + place(repository) + ", and create_repository is not set",
                               create_command(repository)});
  }
}

void judge_kind(const Json& described, const Repository& repository, cloud::Findings& findings) {
  const std::string format = described.string("format").value_or("DOCKER");
  const std::string mode = described.string("mode").value_or("STANDARD_REPOSITORY");
  if (format != "DOCKER")
    findings.push_back(
        {&kFormat, "repository " + repository.id + " holds packages of format " + format + ", not images"});
  if (mode == "REMOTE_REPOSITORY" || mode == "VIRTUAL_REPOSITORY")
    findings.push_back({&kMode, "repository " + repository.id + " is a " +
                                    (mode == "REMOTE_REPOSITORY" ? "remote one, which mirrors another registry"
                                                                 : "virtual one, which stands for others") +
                                    "; push to a standard one"});
}

void judge_permissions(const Answer& permissions, const Repository& repository, Preflight& result) {
  if (!permissions.json) return;
  result.may_upload = grants(*permissions.json, kUploadPermission);
  if (!result.may_upload) return;
  for (const char* permission : kTagPermissions)
    if (!grants(*permissions.json, permission))
      result.findings.push_back(
          {&kMayNotTag, "this login may upload to " + repository.id + ", but lacks " + std::string(permission)});
}

}  // namespace

Repository repository_of(const GarHost& host, const std::string& full_repository) {
  const ImagePath path = parse_image_path(host, full_repository);
  return {path.project, host.location, path.repository};
}

cloud::Findings offline_findings(const GarHost& host, const std::string& full_repository) {
  if (const std::string fault = path_fault(host, full_repository); !fault.empty()) return {{&kPath, fault}};
  if (host.location.empty())
    return {{&kMarketplace, "marketplace.gcr.io is Google's own; push to the project from which it is published"}};
  if (const std::string fault = id_fault(host, parse_image_path(host, full_repository)); !fault.empty())
    return {{&kId, fault}};
  return {};
}

Preflight ask_artifact_registry(RepositoryApi& api, const GarHost& host, const Repository& repository,
                                bool create_repository) {
  const auto answers = api.describe(repository);
  const Answer& described = answers.first;
  Preflight result;
  if (described.status == kNotFound) {
    judge_missing(host, repository, create_repository, result);
  } else if (!described.json) {
    result.findings.push_back(common_fault(described, repository));
  } else {
    result.state = State::exists;
    const Json* docker = described.json->find("dockerConfig");
    result.immutable_tags = docker != nullptr && docker->boolean("immutableTags").value_or(false);
    judge_kind(*described.json, repository, result.findings);
    judge_permissions(answers.second, repository, result);
  }
  return result;
}

std::string create_command(const Repository& repository) {
  return "gcloud artifacts repositories create " + repository.id +
         " --repository-format=docker --location=" + repository.location + " --project=" + repository.project;
}

std::string grant_command(const Repository& repository, const std::string& member) {
  return "gcloud artifacts repositories add-iam-policy-binding " + repository.id +
         " --location=" + repository.location + " --project=" + repository.project +
         " --role=roles/artifactregistry.writer --member=" + (member.empty() ? "MEMBER" : member);
}

std::optional<cloud::Finding> judge_tag(const cloud::ImageFacts& image, const std::string& stored,
                                        bool immutable_tags) {
  return cloud::judge_tag(image, stored, {&kTagSame, &kTagImmutable, &kTagMayBeImmutable},
                          immutable_tags ? "exists and may not be moved" : "", "push another tag");
}

}  // namespace berth::gcp
