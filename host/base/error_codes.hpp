// The catalogue of codes: every code that the host reports, with the classes or severities it is
// reported with, its meaning and a remedy. Flavors declare the codes of their own findings.
// `berth explain` and host/cli/ERRORS.md are written from it; tests/lint/error_codes.py compares it
// with the code. The rows are in error_codes_*.hpp, by subject: what precedes the first dot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/reported_as.hpp"

namespace berth::base {

struct ErrorCode {
  std::string code;
  ReportedAs reported_as;
  std::string meaning;  // a sentence: what happened
  std::string remedy;   // an imperative: what to do in general; the error itself has a fix for the
                        // case at hand
};

// All codes, sorted.
const std::vector<ErrorCode>& error_codes();
// nullptr if the host does not report that code.
const ErrorCode* find_error_code(std::string_view code);

}  // namespace berth::base
