#include "aws/preflight.hpp"

#include "aws/findings.hpp"
#include "aws/repository_name.hpp"
#include "cloud/time.hpp"

namespace berth::aws {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;
constexpr std::uint64_t kLargestLayer = 52'000 * kMebibyte;
constexpr std::uint64_t kLargestPublicLayer = 10'000 * kMebibyte;

std::string place(const EcrHost& host) {
  return host.is_public ? "the public registry" : "account " + host.account + ", " + host.region;
}

void judge_missing(EcrApi& api, const EcrHost& host, const std::string& repository, bool create, Preflight& result) {
  if (create) {
    result.repository_missing = true;
    result.findings.push_back({&kRepositoryMade, "repository " + repository + " will be made in " + place(host), {}});
    return;
  }
  if (!host.is_public) {
    const auto templates = api.ask({api.describe_templates()}).front();
    if (templates.json && created_on_push(*templates.json, repository)) {
      result.findings.push_back(
          {&kRepositoryOnPush, "repository " + repository + " is made by a creation template on this push", {}});
      return;
    }
    if (!templates.json || templates.json->string("nextToken")) {
      result.findings.push_back({&kRepositoryNotTold,
                                 "repository " + repository + " does not exist in " + place(host) +
                                     "; the push makes it only where a creation template does",
                                 create_command(host, repository)});
      return;
    }
  }
  result.findings.push_back(
      {&kRepositoryMissing,
       "repository " + repository + " does not exist in " + place(host) + ", and create_repository is not set",
       create_command(host, repository)});
}

void judge_tag(const Json& repository, const Answer& tag, const cloud::ImageFacts& image, Preflight& result) {
  const Json* details = tag.json ? tag.json->find("imageDetails") : nullptr;
  if (details == nullptr || details->items().empty()) return;
  const std::string digest = details->items().front().string("imageDigest").value_or("");
  const bool immutable = tag_mutability(repository, image.tag) == Mutability::immutable;
  auto finding = cloud::judge_tag(image, digest, {&kTagSame, &kTagImmutable, &kTagMayBeImmutable},
                                  immutable ? "exists and may not be overwritten" : "", "push another tag");
  if (finding) result.findings.push_back(std::move(*finding));
}

}  // namespace

std::string create_command(const EcrHost& host, const std::string& repository) {
  if (host.is_public) return "aws ecr-public create-repository --region us-east-1 --repository-name " + repository;
  return "aws ecr create-repository --registry-id " + host.account + " --region " + host.region +
         " --repository-name " + repository;
}

std::optional<cloud::Finding> common_fault(const Answer& answer, std::int64_t now) {
  if (answer.error == "unreachable") return cloud::Finding{&kUnreachable, "ECR was not asked: " + answer.message, {}};
  if (answer.error == "ThrottlingException" || answer.error == "TooManyRequestsException")
    return cloud::Finding{&kThrottled, "ECR limits the rate of questions: " + answer.message, {}};
  const std::string clock = cloud::clock_fault(now, answer.server_time, "AWS's");
  if (answer.error == "InvalidSignatureException" && !clock.empty())
    return cloud::Finding{&kClock, clock, std::string("set the clock: ") + cloud::kClockFix};
  for (const char* refused : {"InvalidSignatureException", "UnrecognizedClientException", "ExpiredTokenException",
                              "InvalidClientTokenId", "IncompleteSignatureException"})
    if (answer.error == refused)
      return cloud::Finding{&kKeysRefused, "AWS refused the credentials: " + answer.error + ": " + answer.message, {}};
  return std::nullopt;
}

std::string ecr_repository(const EcrHost& host, const std::string& full_repository) {
  return host.is_public ? full_repository.substr(full_repository.find('/') + 1) : full_repository;
}

cloud::Findings offline_findings(const EcrHost& host, const cloud::ImageFacts& image) {
  cloud::Findings findings;
  const std::string repository = ecr_repository(host, image.full_repository);
  if (const std::string fault = repository_name_fault(repository, host.is_public); !fault.empty())
    findings.push_back({&kRepositoryName, "ECR takes no repository " + repository + ": " + fault, {}});
  const std::uint64_t largest = host.is_public ? kLargestPublicLayer : kLargestLayer;
  if (image.largest_blob > largest)
    findings.push_back({&kLayerSize,
                        "a layer has " + std::to_string(image.largest_blob / kMebibyte) + " MiB, and ECR takes " +
                            std::to_string(largest / kMebibyte),
                        {}});
  return findings;
}

Preflight ask_ecr(EcrApi& api, const EcrHost& host, const cloud::ImageFacts& image, bool create_repository,
                  std::int64_t now) {
  const std::string repository = ecr_repository(host, image.full_repository);
  std::vector<EcrApi::Action> actions{api.describe_repository(repository)};
  if (!image.tag.empty()) actions.push_back(api.describe_tag(repository, image.tag));
  const auto answers = api.ask(actions);
  Preflight result;
  const Answer& described = answers.front();
  if (auto fault = common_fault(described, now)) {
    result.findings.push_back(std::move(*fault));
  } else if (described.error == "RepositoryNotFoundException") {
    judge_missing(api, host, repository, create_repository, result);
  } else if (!described.json) {
    result.findings.push_back({&kNotAllowedToAsk,
                               "ECR says nothing of " + repository + ": " + described.error + ": " + described.message,
                               "allow ecr:DescribeRepositories and ecr:DescribeImages on it"});
  } else if (const Json* found = described.json->find("repositories");
             found != nullptr && !found->items().empty() && answers.size() > 1) {
    judge_tag(found->items().front(), answers[1], image, result);
  }
  return result;
}

}  // namespace berth::aws
