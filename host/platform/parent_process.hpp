// The process that started this one.
#pragma once

namespace berth::platform {

// Makes the system kill this process when the thread that started it ends. Has no effect if the
// parent has already ended: check that afterwards. May be called between fork(2) and exec(2).
void end_with_parent() noexcept;

}  // namespace berth::platform
