// SubjectToken: the token with which a workload authenticates to Google from elsewhere. Value.
#pragma once

#include <string>

namespace berth::gcp {

struct SubjectToken {
  std::string token{};
  std::string problem{};  // why it is missing
  std::string fix{};      // of the problem; empty: none is known
};

}  // namespace berth::gcp
