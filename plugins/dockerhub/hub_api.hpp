// The API of hub.docker.com: requests and responses. Pure, but for HubApi, which sends them.
// Source: Docker Hub API reference (latest.yaml): AuthCreateAccessToken, GetRepository,
// CreateRepository; "Rate limiting": X-Retry-After is a Unix timestamp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "common/host_api.hpp"
#include "dockerhub/hub_name.hpp"

namespace berth::dockerhub {

struct HubRepository {
  enum class State {
    unknown,
    found,
    not_found,
    throttled
  };  // without a token, a private one is not found
  State state = State::unknown;
  std::string error{};          // unknown: why
  std::int64_t wait_until = 0;  // throttled: seconds since 1970; 0: not stated
  std::optional<bool> is_private{};
  bool has_immutable_tags = false;
  std::string immutable_rules{};  // which tags; empty: all
};

// `authenticated`: the request carried a token. Without one, a private repository is answered with
// 401 or 404.
HubRepository parse_hub_repository(const common::Response& response, bool authenticated);

class HubApi {
 public:
  // `machine` must outlive it. `token`: of an earlier log_in(); empty: none.
  explicit HubApi(common::HostApi& host_api, std::string token = {})
      : host_api_(host_api), token_(std::move(token)) {}

  // Exchanges the user's credentials for the registry, which the host inserts into the request, for
  // an access token that later requests carry. Returns why that failed; empty on success.
  std::string log_in();
  [[nodiscard]] const std::string& token() const { return token_; }
  HubRepository repository(const HubName& name);
  // Creates a repository. Requires log_in(). Returns why that failed; empty on success, also if it
  // exists already.
  std::string create(const HubName& name, bool is_private);

 private:
  [[nodiscard]] common::Request request(const char* method, const std::string& path,
                                        const std::string& body = {}) const;
  common::HostApi& host_api_;
  std::string token_;
};

}  // namespace berth::dockerhub
