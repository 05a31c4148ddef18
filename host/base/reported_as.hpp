// ReportedAs: how a code is reported. Value.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace berth::base {

// As an error of one or more classes, as a finding (warning or info), or both.
class ReportedAs {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): rows name a class.
  constexpr ReportedAs(ErrorClass error_class) : bits_(1U << static_cast<unsigned>(error_class)) {}
  static constexpr ReportedAs warning() { return ReportedAs(kWarning); }
  static constexpr ReportedAs info() { return ReportedAs(kInfo); }

  friend constexpr ReportedAs operator|(ReportedAs left, ReportedAs right) {
    return ReportedAs(left.bits_ | right.bits_);
  }

  // Empty if the code is only that of findings.
  [[nodiscard]] std::vector<ErrorClass> classes() const;
  // "error", "warning" or "info", most severe first.
  [[nodiscard]] std::vector<std::string_view> severities() const;

 private:
  static constexpr std::uint32_t kWarning = 1U << 30U;
  static constexpr std::uint32_t kInfo = 1U << 31U;
  explicit constexpr ReportedAs(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_;
};

// For two classes: `usage | not_found`.
constexpr ReportedAs operator|(ErrorClass left, ErrorClass right) {
  return ReportedAs(left) | ReportedAs(right);
}

}  // namespace berth::base
