// Keeps secrets in the memory of this process from others.
#pragma once

#include <cstddef>

namespace berth::platform {

// From now on, a crash writes no core file, and no other process of the same user can read this
// process's memory. The second does not apply to builds with sanitizers, whose leak detector is
// such a process.
void keep_memory_private();

// Overwrites memory that will not be read again, which the compiler would otherwise optimise away.
void clear_memory(void* begin, std::size_t size) noexcept;

}  // namespace berth::platform
