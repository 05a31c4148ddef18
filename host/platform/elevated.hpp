// Detects whether this program was started with more privileges than its caller has, for example
// setuid. The caller's environment would then decide what is read and run with them, so berth
// refuses to run.
#pragma once

namespace berth::platform {

bool is_elevated();

// Printed in that case, after the program's name.
inline constexpr const char* kElevatedMessage =
    "refusing to run setuid, setgid or with file capabilities: the caller's environment would "
    "decide what is run";

}  // namespace berth::platform
