// The catalogue of codes: every code that the host reports, with the classes or severities it is
// reported with, its meaning and a remedy. Flavors declare the codes of their own findings.
// `berth explain` and host/cli/ERRORS.md are written from it; tests/lint/error_codes.py compares it
// with the code. The rows are in error_codes_*.hpp, by subject: what precedes the first dot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace berth::base {

// How a code is reported: as an error of one or more classes, as a finding (warning or info), or both.
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
constexpr ReportedAs operator|(ErrorClass left, ErrorClass right) { return ReportedAs(left) | ReportedAs(right); }

struct ErrorCode {
  std::string code;
  ReportedAs reported_as;
  std::string meaning;  // a sentence: what happened
  std::string remedy;   // an imperative: what to do in general; the error itself has a fix for the case at hand
};

// All codes, sorted.
const std::vector<ErrorCode>& error_codes();
// nullptr if the host does not report that code.
const ErrorCode* find_error_code(std::string_view code);

}  // namespace berth::base
