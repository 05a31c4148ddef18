// Prompts for a secret at the terminal, without echo.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// Class usage, code "usage.password", if the terminal is not interactive or the input is empty.
// Class interrupted.
base::Result<base::Secret> prompt_secret(Context& context, const std::string& prompt);

}  // namespace berth::cli
