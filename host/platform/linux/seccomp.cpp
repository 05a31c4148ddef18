#include "platform/linux/seccomp.hpp"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/linux/system_call_filter.hpp"

namespace berth::platform {
namespace {

#if defined(__x86_64__)
constexpr Architecture kArchitecture = Architecture::x86_64;
#elif defined(__aarch64__)
constexpr Architecture kArchitecture = Architecture::arm64;
#else
#error "add this architecture's system calls to system_call_table.cpp"
#endif

// Returns the result of seccomp(2): with NEW_LISTENER a descriptor; with TSYNC the id of a thread
// that could not be synchronized; otherwise 0, or -1 on failure.
long install(const FilterOptions& options, unsigned long flags) {
  auto filter = build_filter(options);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

FilterOptions options_of(FilterStage stage) {
  return {.architecture = kArchitecture,
          .stage = stage,
          .process = static_cast<std::uint32_t>(::getpid())};
}

}  // namespace

bool restrict_system_calls(Sandbox& sandbox) {
  auto options = options_of(FilterStage::loading);
  options.threads_notify = true;
  sandbox.threads = UniqueFd(static_cast<int>(install(options, SECCOMP_FILTER_FLAG_NEW_LISTENER)));
  if (sandbox.threads) return true;
  // EBUSY: a filter above this process already has a listener; EINVAL: Linux before 5.0 has no
  // listeners.
  options.threads_notify = false;
  return install(options, 0) == 0;
}

bool leave_loading(const Sandbox& sandbox) {
  if (!sandbox.parts.system_calls) return true;
  auto options = options_of(FilterStage::running);
  options.may_open = sandbox.parts.files;
  return install(options, SECCOMP_FILTER_FLAG_TSYNC) == 0;
}

}  // namespace berth::platform
