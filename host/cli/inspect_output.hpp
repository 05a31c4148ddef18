// Prints what inspect found.
#pragma once

#include "app/inspect.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// As text or JSON. Returns the exit status 0.
int print_inspection(Context& context, const app::InspectReport& report);

}  // namespace berth::cli
