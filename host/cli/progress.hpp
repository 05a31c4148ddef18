// How a push is shown while it runs: one line that changes, plain lines, JSON lines, or nothing.
#pragma once

#include <memory>

#include "cli/terminal.hpp"
#include "push/push.hpp"

namespace berth::cli {

// `terminal` outlives it.
std::unique_ptr<push::Progress> make_progress(Terminal& terminal);

// "uploaded", "config": as they stand in JSON.
std::string_view action_name(push::Action action);
std::string_view kind_name(image::BlobKind kind);

// "12.3 MiB"
std::string human_size(std::uint64_t bytes);

}  // namespace berth::cli
