// The scripts that connect shells to `berth __complete`.
#pragma once

#include <string_view>

namespace berth::cli {

// The hidden command: `berth __complete WORD…` prints one candidate a line: "+" (more of the
// argument follows) or "=", the argument, and after a tab its description.
inline constexpr std::string_view kCompleteCommand = "__complete";

// `shell`: bash, zsh or fish. Returns an empty text for any other.
std::string_view completion_script(std::string_view shell);

}  // namespace berth::cli
