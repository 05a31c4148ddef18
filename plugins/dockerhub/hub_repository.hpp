// What Docker Hub's own interface says of a repository, to anybody. Pure.
// Source: Docker Hub API reference, "Get repository" and "Rate limiting" (X-Retry-After is a moment).
#pragma once

#include <cstdint>
#include <string>

#include "cloud/finding.hpp"
#include "cloud/machine.hpp"
#include "dockerhub/hub_name.hpp"

namespace berth::dockerhub {

struct HubRepository {
  enum class State { unknown, shown, not_shown, throttled };  // not_shown: it does not exist, or is private
  State state = State::unknown;
  std::int64_t wait_until = 0;  // throttled: seconds since 1970; 0: not said
  bool takes_tags_once = false;
  std::string once;  // which tags, as its rules have them; empty: all
};

cloud::Request hub_question(const HubName& name);
HubRepository parse_hub_repository(const cloud::Response& response);

// `taken`: the tag exists and is another image, or may be.
cloud::Findings judge(const HubRepository& repository, const HubName& name, const std::string& tag, bool taken);

}  // namespace berth::dockerhub
