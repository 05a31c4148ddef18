#include "platform/parent_process.hpp"

#include <sys/prctl.h>

#include <csignal>

namespace berth::platform {

void end_with_parent() noexcept { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

}  // namespace berth::platform
