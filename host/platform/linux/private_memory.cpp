#include "platform/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>

#include "platform/linux/sanitizers.hpp"

namespace berth::platform {

void keep_memory_private() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  if (!kSanitized) ::prctl(PR_SET_DUMPABLE, 0);
}

void clear_memory(void* begin, std::size_t size) noexcept { ::explicit_bzero(begin, size); }

}  // namespace berth::platform
