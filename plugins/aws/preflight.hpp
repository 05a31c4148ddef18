// What would make a push to ECR fail, asked before a byte moves.
#pragma once

#include <optional>
#include <string>

#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "cloud/finding.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

// What is wrong with the image by ECR's rules alone; nothing is asked.
cloud::Findings offline_findings(const EcrHost& host, const cloud::ImageFacts& image);

struct Preflight {
  cloud::Findings findings;
  bool repository_missing = false;  // and to be made by this push
};

// What ECR says of the repository and the tag: two questions at once, a third where the repository is missing.
Preflight ask_ecr(EcrApi& api, const EcrHost& host, const cloud::ImageFacts& image, bool create_repository,
                  std::int64_t now);

// What an error of any question means for the push; nothing: it is about that question alone.
std::optional<cloud::Finding> common_fault(const Answer& answer, std::int64_t now);

// The command that makes a repository.
std::string create_command(const EcrHost& host, const std::string& repository);

// The repository of an image, as ECR names it: in public ones below the alias.
std::string ecr_repository(const EcrHost& host, const std::string& full_repository);

}  // namespace berth::aws
