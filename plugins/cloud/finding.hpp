// What a flavor finds: each kind stands once in its flavor's table, with what it means.
#pragma once

#include <string>

#include <berth/container_registry.hpp>

namespace berth::cloud {

struct FindingKind {
  const char* code;  // "aws.repository-missing"
  Severity severity;
  const char* meaning;  // a sentence or two for the flavor's page
};

// `message` and `fix` as Call::report has them.
inline void report(Call& call, const FindingKind& kind, const std::string& message, const std::string& fix = {}) {
  call.report(kind.severity, kind.code, message, fix);
}

}  // namespace berth::cloud
