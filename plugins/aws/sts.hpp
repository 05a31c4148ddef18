// AWS's Security Token Service: assumes roles, and returns whose keys are used.
// Source: AWS STS API Reference, version 2011-06-15 (query protocol, XML answers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/aws_signature.hpp"
#include "common/host_api.hpp"

namespace berth::aws {

using Keys = common::AwsKeys;

// The keys of one source, or the reason why it has no keys.
struct KeysAnswer {
  std::optional<Keys> keys;
  std::string
      problem;  // without keys: what is broken in a source that is set up; empty: it is not set up
  std::string fix{};     // the user's next step; empty if none is known
  std::string absent{};  // why the source is not set up: "AWS_ACCESS_KEY_ID is not set"
  [[nodiscard]] bool is_set_up() const { return keys || !problem.empty(); }
};
inline KeysAnswer not_set_up(std::string why) { return {std::nullopt, {}, {}, std::move(why)}; }

// Whose keys are used.
struct Caller {
  std::string arn;      // "arn:aws:sts::123456789012:assumed-role/ci/session"
  std::string account;  // "123456789012"
};

struct Role {
  std::string arn;
  std::string session_name;
  std::string external_id;  // empty: none
};

class Sts {
 public:
  // `endpoint`: "https://sts.eu-west-1.amazonaws.com".
  Sts(common::HostApi& host_api, std::string endpoint, std::string region)
      : host_api_(host_api), endpoint_(std::move(endpoint)), region_(std::move(region)) {}

  KeysAnswer assume_role(const Role& role, const Keys& with);
  KeysAnswer assume_role_with_web_identity(const Role& role, const std::string& token);
  // std::nullopt if STS does not answer within `timeout_ms` (0: the host's limit), or not with an
  // identity.
  std::optional<Caller> caller(const Keys& keys, std::int64_t timeout_ms = 0);

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  common::Request request(const Fields& fields, const Keys* keys);
  KeysAnswer keys_of(const common::Response& response, const Role& role);
  common::HostApi& host_api_;
  std::string endpoint_, region_;
};

}  // namespace berth::aws
