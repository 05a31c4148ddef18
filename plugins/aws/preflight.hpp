// What would make a push to ECR fail, found before anything is uploaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "common/finding.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// What is wrong with the image by ECR's rules; sends nothing.
common::Findings offline_findings(const EcrHost& host, const common::ImageFacts& image);

struct Preflight {
  common::Findings findings;
  bool repository_missing = false;  // and to be created by this push
};

// The actions whose answers check_repository() takes: of the repository, and of the tag if there is one.
std::vector<EcrApi::Action> describe_actions(const EcrHost& host, const common::ImageFacts& image);

// What the answers to describe_actions() mean for the push. Asks for creation templates if the repository is missing.
// `keys` are those that the answers came for.
Preflight check_repository(EcrApi& api, const EcrHost& host, const common::ImageFacts& image,
                           const std::vector<Answer>& answers, bool create_repository, const Keys& keys,
                           std::int64_t now);

// What an error means if it does not depend on the action; std::nullopt if it does.
std::optional<common::Finding> classify_error(const Answer& answer, const Keys& keys, std::int64_t now);

// The warning that `account`, the caller's, is not the registry's; std::nullopt if it is, or is not known (empty).
std::optional<common::Finding> other_account(const EcrHost& host, const std::string& account, const Keys& keys);

// The command that creates a repository.
std::string create_command(const EcrHost& host, const std::string& repository);

// The repository of an image, as ECR names it: in public ones below the alias.
std::string ecr_repository(const EcrHost& host, const std::string& repository_path);

}  // namespace berth::aws
