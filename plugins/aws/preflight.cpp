#include "aws/preflight.hpp"

#include "aws/findings.hpp"
#include "aws/repository_name.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;
constexpr std::uint64_t kMaxLayer = 52'000 * kMebibyte;
constexpr std::uint64_t kMaxPublicLayer = 10'000 * kMebibyte;

std::string place(const EcrHost& host) {
  return host.is_public ? "the public registry" : "account " + host.account + ", " + host.region;
}

common::Finding missing_repository(EcrApi& api, const EcrHost& host,
                                   const std::string& repository) {
  const std::string missing = "repository " + repository + " does not exist in " + place(host);
  if (!host.is_public) {
    const auto templates = api.ask({EcrApi::describe_templates()}).front();
    if (templates.json && created_on_push(*templates.json, repository))
      return {&kRepositoryOnPush,
              "repository " + repository + " is created by a creation template on this push",
              {}};
    if (!templates.json || templates.json->string("nextToken"))
      return {&kRepositoryNotTold,
              missing + "; the push creates it only if a creation template does",
              create_command(host, repository)};
  }
  return {&kRepositoryMissing, missing + ", and create_repository is not set",
          create_command(host, repository)};
}

std::string push_as(const std::string& repository) {
  return repository.empty() ? std::string() : "push to repository " + repository;
}

void check_tag(const Json& repository, const Answer& tag, const common::ImageFacts& image,
               Preflight& result) {
  const Json* details = tag.json ? tag.json->find("imageDetails") : nullptr;
  if (details == nullptr || details->items().empty()) return;
  const std::string digest = details->items().front().string("imageDigest").value_or("");
  const bool immutable = tag_mutability(repository, image.tag) == Mutability::immutable;
  auto finding =
      common::check_tag(image, digest, {&kTagSame, &kTagImmutable, &kTagMayBeImmutable},
                        immutable ? "exists and may not be overwritten" : "", "push another tag");
  if (finding) result.findings.push_back(std::move(*finding));
}

}  // namespace

std::string create_command(const EcrHost& host, const std::string& repository) {
  if (host.is_public)
    return "aws ecr-public create-repository --region us-east-1 --repository-name " + repository;
  return "aws ecr create-repository --registry-id " + host.account + " --region " + host.region +
         " --repository-name " + repository;
}

std::optional<common::Finding> classify_error(const Answer& answer, const Keys& keys,
                                              std::int64_t now) {
  if (answer.error == "unreachable")
    return common::Finding{&kUnreachable, "the API of ECR did not answer: " + answer.message, {}};
  if (answer.is_throttled())
    return common::Finding{&kThrottled, "ECR limits the rate of requests: " + answer.message,
                           "push again later"};
  const std::string clock = common::clock_skew(now, answer.server_time, "AWS's");
  if (answer.error == "InvalidSignatureException" && !clock.empty())
    return common::Finding{&kClock, clock, std::string("set the clock: ") + common::kClockFix};
  bool rejected = answer.is_expired();
  for (const char* error :
       {"InvalidSignatureException", "UnrecognizedClientException", "InvalidClientTokenId",
        "IncompleteSignatureException", "SignatureDoesNotMatch"})
    rejected = rejected || answer.error == error;
  if (!rejected) return std::nullopt;
  return common::Finding{
      &kKeysRefused,
      "AWS rejected the credentials (" + keys.source + "): " + answer.error + ": " + answer.message,
      keys.renewal};
}

std::optional<common::Finding> other_account(const EcrHost& host, const std::string& account,
                                             const Keys& keys) {
  if (host.account.empty() || account.empty() || account == host.account) return std::nullopt;
  return common::Finding{&kOtherAccount,
                         "the registry is that of account " + host.account + ", the credentials (" +
                             keys.source + ") are of account " + account,
                         "use credentials of account " + host.account +
                             ", unless the policy of its repository allows account " + account};
}

std::string ecr_repository(const EcrHost& host, const std::string& repository_path) {
  return host.is_public ? repository_path.substr(repository_path.find('/') + 1) : repository_path;
}

common::Findings offline_findings(const EcrHost& host, const common::ImageFacts& image) {
  common::Findings findings;
  const std::string repository = ecr_repository(host, image.repository_path);
  if (const std::string fault = validate_repository_name(repository, host.is_public);
      !fault.empty())
    findings.push_back({&kRepositoryName,
                        "ECR does not accept the repository name " + repository + ": " + fault,
                        push_as(suggest_repository_name(repository, host.is_public))});
  const std::uint64_t largest = host.is_public ? kMaxPublicLayer : kMaxLayer;
  if (image.largest_blob > largest)
    findings.push_back({&kLayerSize,
                        "a layer has " + std::to_string(image.largest_blob / kMebibyte) +
                            " MiB, and ECR accepts " + std::to_string(largest / kMebibyte),
                        {}});
  return findings;
}

std::vector<EcrApi::Action> describe_actions(const EcrHost& host, const common::ImageFacts& image) {
  const std::string repository = ecr_repository(host, image.repository_path);
  std::vector<EcrApi::Action> actions{EcrApi::describe_repository(host, repository)};
  if (!image.tag.empty()) actions.push_back(EcrApi::describe_tag(host, repository, image.tag));
  return actions;
}

Preflight check_repository(EcrApi& api, const EcrHost& host, const common::ImageFacts& image,
                           const std::vector<Answer>& answers, bool create_repository,
                           const Keys& keys, std::int64_t now) {
  const std::string repository = ecr_repository(host, image.repository_path);
  Preflight result;
  const Answer& described = answers.front();
  if (auto fault = classify_error(described, keys, now)) {
    result.findings.push_back(std::move(*fault));
  } else if (described.error == "RepositoryNotFoundException") {
    result.repository_missing = create_repository;
    result.findings.push_back(
        create_repository
            ? common::Finding{&kRepositoryMade,
                              "repository " + repository + " will be created in " + place(host)}
            : missing_repository(api, host, repository));
  } else if (!described.json) {
    result.findings.push_back({&kNotAllowedToAsk,
                               "the credentials (" + keys.source +
                                   ") may not describe repository " + repository + ": " +
                                   described.error + ": " + described.message,
                               "allow ecr:DescribeRepositories and ecr:DescribeImages on it"});
  } else if (const Json* found = described.json->find("repositories");
             found != nullptr && !found->items().empty() && answers.size() > 1) {
    check_tag(found->items().front(), answers[1], image, result);
  }
  return result;
}

}  // namespace berth::aws
