// Asking a person at the terminal for a secret, without showing it.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// Class usage, code "usage.password": nobody is there to be asked, or nothing was typed. Class interrupted.
base::Result<base::Secret> ask_secret(Context& context, const std::string& prompt);

}  // namespace berth::cli
