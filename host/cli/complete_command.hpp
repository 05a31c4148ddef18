// `berth __complete ARGUMENT…`, which the completion scripts run.
#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// Prints the candidates for the last argument. Never fails: what cannot be read has no candidates.
void print_completions(Context& context, const Command& root, std::span<const std::string> line);

}  // namespace berth::cli
