// The interface of ECR behind its registry: does the repository exist, may the tag be set, make it,
// log in. Source: Amazon ECR API Reference (2015-09-21), Amazon ECR Public API Reference
// (2020-10-30); JSON 1.1 protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <berth/json.hpp>

#include "aws/ecr_host.hpp"
#include "aws/sts.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

// What an action of the interface came to.
struct Answer {
  std::optional<Json> json;  // of a success
  std::string
      error;  // "RepositoryNotFoundException"; "" of a success, "unreachable" without an answer
  std::string message;           // of the error
  std::int64_t server_time = 0;  // of the Date header; 0: none
  [[nodiscard]] bool is_throttled() const;
  // The keys have expired: others of the same source may be accepted.
  [[nodiscard]] bool is_expired() const;
};

class EcrApi {
 public:
  // `endpoint`: "https://api.ecr.eu-west-1.amazonaws.com". References must outlive this object.
  EcrApi(common::HostApi& host_api, const EcrHost& host, std::string endpoint, const Keys& keys);

  struct Action {
    std::string name;  // "DescribeRepositories"
    std::string body;  // JSON
  };
  // All in parallel, answers in their order. What AWS throttles is asked up to twice more, within
  // about a second.
  std::vector<Answer> ask(const std::vector<Action>& actions);

  static Action authorization_token() { return {"GetAuthorizationToken", "{}"}; }
  static Action describe_repository(const EcrHost& host, const std::string& repository);
  static Action describe_tag(const EcrHost& host, const std::string& repository,
                             const std::string& tag);
  static Action describe_templates() { return {"DescribeRepositoryCreationTemplates", "{}"}; }
  static Action create_repository(const EcrHost& host, const std::string& repository,
                                  bool immutable_tags);

 private:
  std::vector<Answer> send(const std::vector<Action>& actions);
  common::HostApi& host_api_;
  const EcrHost& host_;
  std::string endpoint_;
  const Keys& keys_;
};

// The registry's login out of GetAuthorizationToken's answer.
struct RegistryLogin {
  std::string token;  // base64 of "AWS:PASSWORD", as it was given
  std::string password;
  std::int64_t expires = 0;  // seconds since 1970; 0: not known
  std::string account;  // the caller's, whose registry is the default; empty: not known, or the
                        // public registry
};
std::optional<RegistryLogin> registry_login(const Json& answer);

enum class Mutability { mutable_, immutable };
// Whether a tag of a described repository may be overwritten: its setting, and the exclusions from
// it.
Mutability tag_mutability(const Json& repository, std::string_view tag);
// Whether a creation template makes `repository` on its first push.
bool created_on_push(const Json& templates, std::string_view repository);
// "*" matches any number of characters, as in ECR's exclusion filters.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace berth::aws
