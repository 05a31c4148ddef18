#include "gcp/preflight.hpp"

#include "common/text.hpp"
#include "gcp/findings.hpp"

namespace berth::gcp {
namespace {

using State = Preflight::State;

constexpr int kUnauthenticated = 401;
constexpr int kForbidden = 403;
constexpr int kHttpNotFound = 404;
constexpr int kTooMany = 429;

std::string location_of(const Repository& repository) {
  return "project " + repository.project + ", location " + repository.location;
}

std::string describe_command(const Repository& repository) {
  return "gcloud artifacts repositories describe " + repository.id +
         " --location=" + repository.location + " --project=" + repository.project;
}

// The finding for a response that is not about the repository itself.
common::Finding classify_error(const Answer& answer, const Repository& repository,
                               const std::string& source) {
  if (answer.status == 0)
    return {&kUnreachable, "artifactregistry.googleapis.com did not respond: " + answer.error};
  if (answer.status == kUnauthenticated)
    return {&kTokenRefused,
            "Artifact Registry rejected the access token from " + source + ": " + answer.error,
            "gcloud auth application-default login"};
  if (answer.status == kTooMany)
    return {&kThrottled, "rate limited by Artifact Registry: " + answer.error,
            common::retry_fix(answer.retry_after)};
  if (answer.status == kForbidden && answer.body.find("SERVICE_DISABLED") != std::string::npos)
    return {
        &kApiDisabled,
        "Artifact Registry is disabled in project " + repository.project + ": " + answer.error,
        "gcloud services enable artifactregistry.googleapis.com --project=" + repository.project};
  if (answer.status == kForbidden &&
      answer.error.find("insufficient authentication scopes") != std::string::npos)
    return {
        &kScopes,
        "the access token from " + source + " is not valid for Artifact Registry: " + answer.error,
        "give the instance the scope cloud-platform, or: gcloud auth application-default login"};
  if (answer.status != kForbidden)
    return {&kUnreachable, "Artifact Registry failed: " + answer.error, "try again later"};
  return {&kNotAllowedToAsk,
          "repository " + repository.id + " does not exist in " + location_of(repository) +
              ", or " + source + " may not read it: " + answer.error,
          describe_command(repository)};
}

void add_missing(const GarHost& host, const Repository& repository, bool create,
                 Preflight& result) {
  const std::string what = "repository " + repository.id;
  if (create) {
    result.state = State::will_create;
    result.findings.push_back(
        {&kRepositoryMade, what + " will be created in " + location_of(repository)});
  } else if (!host.repository.empty()) {
    result.state = State::created_on_push;
    result.findings.push_back(
        {&kRepositoryOnPush,
         what + " does not exist in " + location_of(repository) +
             "; a push creates it only with roles/artifactregistry.createOnPushWriter",
         create_command(repository)});
  } else {
    result.state = State::missing;
    result.findings.push_back({&kRepositoryMissing,
                               what + " does not exist in " + location_of(repository) +
                                   ", and create_repository is not set",
                               create_command(repository)});
  }
}

void check_kind(const Json& described, const Repository& repository, common::Findings& findings) {
  const std::string format = described.string("format").value_or("DOCKER");
  const std::string mode = described.string("mode").value_or("STANDARD_REPOSITORY");
  const std::string other =
      "gcloud artifacts repositories list --filter=format=DOCKER --project=" + repository.project;
  if (format != "DOCKER")
    findings.push_back({&kFormat,
                        "repository " + repository.id + " has format " + format + ", not DOCKER",
                        "push to another repository: " + other});
  if (mode == "REMOTE_REPOSITORY" || mode == "VIRTUAL_REPOSITORY")
    findings.push_back({&kMode,
                        "repository " + repository.id +
                            (mode == "REMOTE_REPOSITORY"
                                 ? " is a remote repository, which mirrors another registry"
                                 : " is a virtual repository, which only forwards to others"),
                        "push to a standard repository: " + other});
}

void check_permissions(const Answer& permissions, const Repository& repository,
                       const std::string& source, Preflight& result) {
  if (!permissions.json) return;
  result.may_upload = grants(*permissions.json, kUploadPermission);
  if (!result.may_upload) return;
  std::vector<std::string> missing;
  for (const char* permission : kTagPermissions)
    if (!grants(*permissions.json, permission)) missing.emplace_back(permission);
  if (!missing.empty())
    result.findings.push_back({&kMayNotTag,
                               source + " may upload to repository " + repository.id +
                                   ", but lacks " + common::joined(missing, " and "),
                               grant_command(repository, {}, kWriterRole)});
}

// The repository's settings cannot be read, but what one may do there is known: so it exists.
void add_unreadable(const Repository& repository, const std::string& source, Preflight& result) {
  result.state = State::exists;
  result.findings.push_back({&kNotAllowedToAsk,
                             source + " lacks artifactregistry.repositories.get on repository " +
                                 repository.id + ": whether its tags are immutable is not known",
                             grant_command(repository, {}, "roles/artifactregistry.reader")});
}

}  // namespace

Repository repository_of(const GarHost& host, const ImagePath& path) {
  return {path.project, host.location, path.repository};
}

common::Findings offline_findings(const GarHost& host, const ImagePath& path) {
  if (const std::string fault = validate_path(host, path); !fault.empty())
    return {{&kPath, fault, path_form(host, path)}};
  if (host.location.empty())
    return {{&kMarketplace, "marketplace.gcr.io accepts no pushes",
             "push to the project that the image is published from"}};
  if (const IdFault fault = validate_ids(host, path); !fault.message.empty())
    return {{&kId, fault.message, fault.fix}};
  return {};
}

Preflight query_repository(RepositoryApi& api, const GarHost& host, const Repository& repository,
                           const std::string& source, bool create_repository) {
  const auto [described, permissions] = api.describe(repository);
  Preflight result;
  if (described.status == kHttpNotFound) {
    add_missing(host, repository, create_repository, result);
    return result;
  }
  check_permissions(permissions, repository, source, result);
  const bool is_granted_some = permissions.json && permissions.json->find("permissions") != nullptr;
  if (described.json) {
    result.state = State::exists;
    const Json* docker = described.json->find("dockerConfig");
    result.immutable_tags = docker != nullptr && docker->boolean("immutableTags").value_or(false);
    check_kind(*described.json, repository, result.findings);
  } else if (described.status == kForbidden && is_granted_some) {
    add_unreadable(repository, source, result);
  } else {
    result.findings.push_back(classify_error(described, repository, source));
    if (!is_granted_some)
      result.may_upload = true;  // of a repository that may not exist, nothing is granted
  }
  return result;
}

std::string create_command(const Repository& repository) {
  return "gcloud artifacts repositories create " + repository.id +
         " --repository-format=docker --location=" + repository.location +
         " --project=" + repository.project;
}

std::string grant_command(const Repository& repository, const std::string& member,
                          const char* role) {
  return "gcloud artifacts repositories add-iam-policy-binding " + repository.id +
         " --location=" + repository.location + " --project=" + repository.project +
         " --role=" + role + " --member=" + (member.empty() ? "MEMBER" : member);
}

std::optional<common::Finding> check_tag(const common::ImageFacts& image, const std::string& stored,
                                         bool immutable_tags) {
  return common::check_tag(image, stored, {&kTagSame, &kTagImmutable, &kTagMayBeImmutable},
                           immutable_tags ? "exists and is immutable" : "", "push another tag");
}

}  // namespace berth::gcp
