// The form in which error_codes_*.hpp write the catalogue.
#pragma once

#include <array>
#include <string_view>

#include "base/reported_as.hpp"

namespace berth::base::error_code_rows {

using enum ErrorClass;
inline constexpr ReportedAs kWarning = ReportedAs::warning();
inline constexpr ReportedAs kInfo = ReportedAs::info();

struct Row {
  std::string_view code;
  ReportedAs reported_as;
  std::string_view meaning;
  std::string_view remedy;
};

}  // namespace berth::base::error_code_rows
