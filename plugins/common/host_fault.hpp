// Why a host is not one of a flavor's registry. Pure value.
#pragma once

#include <string>

namespace berth::common {

struct HostFault {
  std::string cause;  // empty: nothing more is known than that it is not
  std::string fix;
};

// "ghcr.io is not a host of Amazon ECR: an account ID has 12 digits".
inline std::string describe(const std::string& what, const HostFault& fault) {
  return what + (fault.cause.empty() ? "" : ": " + fault.cause);
}

}  // namespace berth::common
