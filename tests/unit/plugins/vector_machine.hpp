// VectorMachine: a Machine that plays a recorded case (tests/clouds/vectors). Every request must be what an independent
// client sent, field by field, and is answered as the fake answered it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/finding.hpp"
#include "cloud/machine.hpp"

namespace berth::test {

// The RSA key that the vectors were signed with, in PEM.
struct ThrowAwayKey {
  std::string id;
  std::string pem;
};
ThrowAwayKey throw_away_key();

// "aws.tag-same aws.layer-size "
std::string codes(const cloud::Findings& findings);

// The answer of one exchange (from 0) of a case: "dockerhub/throttled".
cloud::Response recorded_answer(const std::string& one, std::size_t exchange);

class VectorMachine : public cloud::Machine {
 public:
  // "aws/tag-taken", "gcp/…": a case's exchanges follow those of the case before; "aws/x#2": without the first
  // two; "aws/x:1": the first one alone. The clock is the last one's.
  explicit VectorMachine(const std::vector<std::string>& cases);
  // Checks that everything that was recorded was asked.
  ~VectorMachine() override;
  // A field of the form that the first request has: a token that the recorder was given before.
  [[nodiscard]] static std::string first_field(const std::string& one, const std::string& field);
  bool ignore_bearer = false;  // where cases that were recorded apart follow each other, each has its own

  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files;
  std::map<std::string, cloud::Output> programs;  // by their words, with blanks between
  // The throw-away key of a case.
  [[nodiscard]] std::string key(const std::string& name) const { return vector_["throw_away_keys"][name]; }

  std::vector<cloud::Response> send(const std::vector<cloud::Request>& requests) override;
  std::optional<std::string> variable(const std::string& name) override;
  cloud::File file(const std::string& path) override;
  cloud::Output run(const std::vector<std::string>& command) override;
  std::string sha256(std::string_view bytes) override;
  std::string hmac_sha256(std::string_view key, std::string_view bytes) override;
  std::string rs256(const std::string& pem_key, std::string_view bytes) override;
  void pause(std::int64_t milliseconds) override { paused += milliseconds; }
  std::int64_t now() override { return clock_; }
  std::int64_t paused = 0;  // in all

 private:
  cloud::Response answer(const cloud::Request& request);
  nlohmann::json vector_;  // the last case
  std::vector<nlohmann::json> exchanges_;
  std::size_t next_ = 0;
  std::int64_t clock_ = 0;
};

}  // namespace berth::test
