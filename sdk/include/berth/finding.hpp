// FindingKind and Severity of findings. Included by container_registry.hpp.
#pragma once

#include <cstdint>

#include <berth/abi.h>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

enum Severity : std::int32_t {
  info = BERTH_SEVERITY_INFO,
  warning = BERTH_SEVERITY_WARNING,
  error = BERTH_SEVERITY_ERROR
};

// FindingKind: a code with its severity and description. Kinds listed in a flavor's FINDINGS are
// shown by `berth explain CODE` and `berth flavor describe`, without running the plugin.
struct FindingKind {
  const char* code;  // stable, "acme.repository"
  Severity severity;
  const char* description;  // the problem and its effect, one or two sentences, at most 400 bytes
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
