// The interface of ECR behind its registry: does the repository exist, may the tag be set, make it, log in.
// Source: Amazon ECR API Reference (2015-09-21), Amazon ECR Public API Reference (2020-10-30); JSON 1.1 protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <berth/json.hpp>

#include "aws/ecr_host.hpp"
#include "aws/sts.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

// What an action of the interface came to.
struct Answer {
  std::optional<Json> json;      // of a success
  std::string error;             // "RepositoryNotFoundException"; "" of a success, "unreachable" without an answer
  std::string message;           // its words
  std::int64_t server_time = 0;  // of the Date field; 0: none
};

class EcrApi {
 public:
  // `endpoint`: "https://api.ecr.eu-west-1.amazonaws.com". All outlive it.
  EcrApi(cloud::Machine& machine, const EcrHost& host, std::string endpoint, const Keys& keys);

  struct Action {
    std::string name;  // "DescribeRepositories"
    std::string body;  // JSON
  };
  // All at once, answers in their order.
  std::vector<Answer> ask(const std::vector<Action>& actions);

  [[nodiscard]] Action authorization_token() const { return {"GetAuthorizationToken", "{}"}; }
  [[nodiscard]] Action describe_repository(const std::string& repository) const;
  [[nodiscard]] Action describe_tag(const std::string& repository, const std::string& tag) const;
  [[nodiscard]] Action describe_templates() const { return {"DescribeRepositoryCreationTemplates", "{}"}; }
  [[nodiscard]] Action create_repository(const std::string& repository, bool immutable_tags) const;

 private:
  [[nodiscard]] std::string body(const std::string& members) const;
  cloud::Machine& machine_;
  const EcrHost& host_;
  std::string endpoint_;
  const Keys& keys_;
};

// The registry's login out of GetAuthorizationToken's answer.
struct RegistryLogin {
  std::string token;  // base64 of "AWS:PASSWORD", as it was given
  std::string password;
  std::int64_t expires = 0;  // seconds since 1970; 0: not said
};
std::optional<RegistryLogin> registry_login(const Json& answer);

enum class Mutability { mutable_, immutable };
// Whether a tag of a described repository may be overwritten: its setting, and the exclusions from it.
Mutability tag_mutability(const Json& repository, std::string_view tag);
// Whether a creation template makes `repository` on its first push.
bool created_on_push(const Json& templates, std::string_view repository);
// "*" stands for any number of characters, as in ECR's exclusion filters.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace berth::aws
