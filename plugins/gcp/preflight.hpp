// What would make a push to Artifact Registry fail, asked before a byte moves.
#pragma once

#include <optional>
#include <string>

#include "cloud/finding.hpp"
#include "gcp/repository_api.hpp"
#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// What is wrong with the image by Google's rules alone; nothing is asked.
cloud::Findings offline_findings(const GarHost& host, const std::string& full_repository);

Repository repository_of(const GarHost& host, const std::string& full_repository);

// What the interface says of the repository.
struct Preflight {
  enum class State {
    unknown,     // it did not say
    missing,     // and that is an error
    to_be_made,  // by this push, for create_repository
    on_push,     // made by the registry, perhaps
    exists,
  };
  State state = State::unknown;
  bool immutable_tags = false;
  bool may_upload = true;  // false: whoever asked lacks the permission
  cloud::Findings findings{};
};

// Two questions at once.
Preflight ask_artifact_registry(RepositoryApi& api, const GarHost& host, const Repository& repository,
                                bool create_repository);

// How to make it, and how to let `member` push there; empty: it is not known who that is.
std::string create_command(const Repository& repository);
std::string grant_command(const Repository& repository, const std::string& member);

// What is to be said of a tag that exists as `stored`.
std::optional<cloud::Finding> judge_tag(const cloud::ImageFacts& image, const std::string& stored, bool immutable_tags);

}  // namespace berth::gcp
