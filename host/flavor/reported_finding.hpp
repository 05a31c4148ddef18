// Finding: what a flavor reports about a push.
#pragma once

#include <string>
#include <string_view>

namespace berth::flavor {

enum class Severity { error, warning, info };

std::string_view severity_name(Severity severity);

struct Finding {
  Severity severity = Severity::error;
  std::string code;
  std::string message;
  std::string fix;  // empty if unknown

  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace berth::flavor
