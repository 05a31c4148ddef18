// Preflight checks of a push to ECR.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "common/finding.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// Checks the image by ECR's rules; sends no request.
common::Findings offline_findings(const EcrHost& host, const common::ImageFacts& image);

struct Preflight {
  common::Findings findings;
  bool repository_missing = false;  // and to be created by this push
};

// Returns the actions whose responses check_repository() requires: for the repository, and for the
// tag if it is set.
std::vector<EcrApi::Action> describe_actions(const EcrHost& host, const common::ImageFacts& image);

// Evaluates the responses to describe_actions(). Requests the creation templates if the repository
// is missing. `keys`: those that signed the requests.
Preflight check_repository(EcrApi& api, const EcrHost& host, const common::ImageFacts& image,
                           const std::vector<Answer>& answers, bool create_repository,
                           const Keys& keys, std::int64_t now);

// Returns the finding for an error that any action can have; std::nullopt for other errors.
std::optional<common::Finding> classify_error(const Answer& answer, const Keys& keys,
                                              std::int64_t now);

// Returns a warning if the caller's `account` is not the registry's. std::nullopt if it is, or is
// not known (empty).
std::optional<common::Finding> other_account(const EcrHost& host, const std::string& account,
                                             const Keys& keys);

// Returns the command that creates a repository.
std::string create_command(const EcrHost& host, const std::string& repository);

// Returns the name of a repository in ECR: in the public registry, the part below the alias.
std::string ecr_repository(const EcrHost& host, const std::string& repository_path);

}  // namespace berth::aws
