// Preflight checks of a push to Artifact Registry.
#pragma once

#include <optional>
#include <string>

#include "common/finding.hpp"
#include "gcp/repository_api.hpp"
#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// Checks the path by Google's rules for names; sends no request.
common::Findings offline_findings(const GarHost& host, const ImagePath& path);

// Returns the repository of a complete path.
Repository repository_of(const GarHost& host, const ImagePath& path);

// What the API returns about the repository.
struct Preflight {
  enum class State {
    unknown,          // not known
    missing,          // and that is an error
    will_create,      // by this push, for create_repository
    created_on_push,  // by the registry, with a certain role
    exists,
  };
  State state = State::unknown;
  bool immutable_tags = false;
  bool may_upload = true;  // false: the caller lacks the permission
  common::Findings findings{};
};

// Sends both requests in parallel. One needs artifactregistry.repositories.get, the other no
// permission: what either returns is used without the other. `source` names the credentials of
// `api` in findings.
Preflight query_repository(RepositoryApi& api, const GarHost& host, const Repository& repository,
                           const std::string& source, bool create_repository);

std::string create_command(const Repository& repository);
// The command that grants `role` to `member`; empty: it is not known who that is.
std::string grant_command(const Repository& repository, const std::string& member,
                          const char* role);

inline constexpr const char* kWriterRole = "roles/artifactregistry.writer";

// The finding about a tag that exists as `stored`; std::nullopt if it can be pushed.
std::optional<common::Finding> check_tag(const common::ImageFacts& image, const std::string& stored,
                                         bool immutable_tags);

}  // namespace berth::gcp
