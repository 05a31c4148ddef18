// VectorHostApi: a HostApi that replays a recorded case (tests/clouds/vectors). Every request must
// equal that of an independent client, field by field, and gets the response of the fake.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/finding.hpp"
#include "common/host_api.hpp"

namespace berth::test {

// The RSA key that the vectors were signed with, in PEM.
struct ThrowAwayKey {
  std::string id;
  std::string pem;
};
ThrowAwayKey throw_away_key();

// "aws.tag-same aws.layer-size "
std::string codes(const common::Findings& findings);

// The response of one exchange (from 0) of a case: "dockerhub/throttled".
common::Response recorded_answer(const std::string& one, std::size_t exchange);

class VectorHostApi : public common::HostApi {
 public:
  // "aws/tag-taken", "gcp/…": a case's exchanges follow those of the previous case; "aws/x#2":
  // without the first two; "aws/x:1": only the first one. The clock is that of the last case.
  explicit VectorHostApi(const std::vector<std::string>& cases);
  // Checks that every recorded request was made.
  ~VectorHostApi() override;
  // A field of the first request's form: a token that the recorder received before.
  [[nodiscard]] static std::string first_field(const std::string& one, const std::string& field);
  bool ignore_bearer =
      false;  // if cases that were recorded separately follow each other, each has its own

  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  std::map<std::string, common::Output> programs;  // keyed by the command line, separated by blanks
  // The throw-away key of a case.
  [[nodiscard]] std::string key(const std::string& name) const {
    return vector_["throw_away_keys"][name];
  }

  std::vector<common::Response> send(const std::vector<common::Request>& requests) override;
  std::optional<std::string> environment_variable(const std::string& name) override;
  common::File file(const std::string& path) override;
  common::Output run(const std::vector<std::string>& command) override;
  std::string sha256(std::string_view bytes) override;
  std::string hmac_sha256(std::string_view key, std::string_view bytes) override;
  std::string rs256(const std::string& pem_key, std::string_view bytes) override;
  void pause(std::int64_t milliseconds) override { paused += milliseconds; }
  std::int64_t now() override { return clock_; }
  std::int64_t paused = 0;  // in all

 private:
  common::Response answer(const common::Request& request);
  nlohmann::json vector_;  // the last case
  std::vector<nlohmann::json> exchanges_;
  std::size_t next_ = 0;
  std::int64_t clock_ = 0;
};

}  // namespace berth::test
