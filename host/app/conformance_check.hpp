// ConformanceCheck: one check of a plugin and its result.
#pragma once

#include <string>
#include <string_view>

namespace berth::app {

struct ConformanceCheck {
  enum class Result { passed, failed, skipped };
  std::string name;  // "exports"
  Result result = Result::passed;
  std::string detail{};  // what was found; of a skipped one, why
  std::string fix{};     // of a failed one
};

constexpr std::string_view conformance_result_name(ConformanceCheck::Result result) {
  if (result == ConformanceCheck::Result::passed) return "passed";
  return result == ConformanceCheck::Result::failed ? "failed" : "skipped";
}

}  // namespace berth::app
