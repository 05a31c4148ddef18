#include "flavor/reported_finding.hpp"

namespace berth::flavor {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "";
}

}  // namespace berth::flavor
