// AWS's Security Token Service: roles assumed, and who one is.
// Source: AWS STS API Reference, version 2011-06-15 (query protocol, XML answers).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/aws_signature.hpp"
#include "cloud/machine.hpp"

namespace berth::aws {

using Keys = cloud::AwsKeys;

// What came of asking for keys.
struct KeysAnswer {
  std::optional<Keys> keys;
  std::string problem;  // why there are none, in a sentence; empty with none: this source has nothing to say
};

struct Role {
  std::string arn;
  std::string session_name;
  std::string external_id;  // empty: none
};

class Sts {
 public:
  // `endpoint`: "https://sts.eu-west-1.amazonaws.com".
  Sts(cloud::Machine& machine, std::string endpoint, std::string region)
      : machine_(machine), endpoint_(std::move(endpoint)), region_(std::move(region)) {}

  KeysAnswer assume_role(const Role& role, const Keys& with);
  KeysAnswer assume_role_with_web_identity(const Role& role, const std::string& token);
  // The ARN of whoever has these keys; empty: it was not told.
  std::string caller(const Keys& keys);

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  cloud::Request request(const Fields& fields, const Keys* keys);
  KeysAnswer keys_of(const cloud::Response& response, const Role& role);
  cloud::Machine& machine_;
  std::string endpoint_, region_;
};

}  // namespace berth::aws
