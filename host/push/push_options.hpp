// Options of a push. Values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.hpp"

namespace berth::push {

class DigestCache;
class RateLimit;

// How long, and how often, to look for a manifest that the destination has accepted.
struct VerificationLimits {
  std::chrono::milliseconds total{10'000};
  std::chrono::milliseconds first_pause{100};  // between two lookups; doubles
  std::chrono::milliseconds longest_pause{2'000};
};

struct Options {
  std::vector<std::string> tags = {};  // all point to the same digest; empty only with `expected`
  std::optional<oci::Digest> expected =
      std::nullopt;   // the digest that the result must have, else class integrity
  unsigned jobs = 0;  // parallel uploads; 0: automatic
  bool require_verification =
      false;  // a report with `unverified` is an error, code "push.unverified"
  VerificationLimits verification = {};
  bool check_all = false;           // looks for every blob, also if the first tag is up to date
  bool fixed_form = false;          // a manifest that berth creates is sent only in the plan's form
  RateLimit* rate_limit = nullptr;  // of all uploads; nullptr: none. Must outlive the push
  DigestCache* cache =
      nullptr;  // stores what the push learns; may be nullptr. Must outlive the push
  // Delay before resending a manifest that was rejected for an unknown blob: some registries learn
  // of a blob late.
  std::chrono::milliseconds late_pause{2'000};
};

}  // namespace berth::push
