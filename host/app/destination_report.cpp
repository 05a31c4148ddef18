#include "app/destination_report.hpp"

namespace berth::app {

ResolvedDestination describe_target(const Target& target) {
  return {.reference = target.reference(),
          .name = target.name(),
          .registry = target.registry,
          .flavor = target.flavor->metadata->flavor,
          .selection_reason = target.selection_reason,
          .default_tag = target.default_tag};
}

bool is_error(const flavor::Finding& finding) {
  return finding.severity == flavor::Severity::error;
}

}  // namespace berth::app
