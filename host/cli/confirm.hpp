// Asks for confirmation.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/context.hpp"

namespace berth::cli {

struct Confirmation {
  std::string question;  // "delete it?"
  std::string declined;  // the error if the user declines: "nothing was deleted"
  std::string fix;       // without a terminal: "pass --yes …"
};

// Succeeds if the user types y or yes. Class usage, codes "usage.confirm" (not a terminal) and
// "usage.declined".
base::Result<void> confirm(Context& context, const Confirmation& confirmation);

}  // namespace berth::cli
