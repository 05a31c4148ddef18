// How a push is shown while it runs: one line that changes, plain lines, JSON lines, or nothing.
#pragma once

#include <memory>

#include "cli/terminal.hpp"
#include "push/push.hpp"

namespace berth::cli {

// `terminal` outlives it.
std::unique_ptr<push::Progress> make_progress(Terminal& terminal);

// "12.3 MiB"
std::string human_size(std::uint64_t bytes);

}  // namespace berth::cli
