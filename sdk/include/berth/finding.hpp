// Findings: what a flavor reports of a push. Included by container_registry.hpp.
#pragma once

#include <cstdint>

#include <berth/abi.h>

namespace berth {

enum Severity : std::int32_t {
  info = BERTH_SEVERITY_INFO,
  warning = BERTH_SEVERITY_WARNING,
  error = BERTH_SEVERITY_ERROR
};

// One kind of finding. A flavor that keeps its kinds as constants, and names them all in its member FINDINGS, has them
// explained by `berth explain CODE` and listed by `berth flavor describe`, without being run.
struct FindingKind {
  const char* code;  // stable, "acme.repository"
  Severity severity;
  const char* description;  // what it means and why it matters, a sentence or two; at most 400 bytes
};

}  // namespace berth
