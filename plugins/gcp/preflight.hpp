// What would make a push to Artifact Registry fail, known before anything is uploaded.
#pragma once

#include <optional>
#include <string>

#include "cloud/finding.hpp"
#include "gcp/repository_api.hpp"
#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// What is wrong with the image by Google's rules for names; sends nothing.
cloud::Findings offline_findings(const GarHost& host, const std::string& repository_path);

Repository repository_of(const GarHost& host, const std::string& repository_path);

// What the API returns about the repository.
struct Preflight {
  enum class State {
    unknown,          // it did not say
    missing,          // and that is an error
    will_create,      // by this push, for create_repository
    created_on_push,  // by the registry, with a certain role
    exists,
  };
  State state = State::unknown;
  bool immutable_tags = false;
  bool may_upload = true;  // false: the caller lacks the permission
  cloud::Findings findings{};
};

// Sends both requests in parallel. One needs artifactregistry.repositories.get, the other no permission: what either
// returns is used without the other. `source` names the credentials of `api` in findings.
Preflight query_repository(RepositoryApi& api, const GarHost& host, const Repository& repository,
                           const std::string& source, bool create_repository);

std::string create_command(const Repository& repository);
// The command that grants `role` to `member`; empty: it is not known who that is.
std::string grant_command(const Repository& repository, const std::string& member, const char* role);

inline constexpr const char* kWriterRole = "roles/artifactregistry.writer";

// The finding about a tag that exists as `stored`; std::nullopt if it can be pushed.
std::optional<cloud::Finding> check_tag(const cloud::ImageFacts& image, const std::string& stored, bool immutable_tags);

}  // namespace berth::gcp
