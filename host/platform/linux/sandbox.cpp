#include "platform/sandbox.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "platform/linux/landlock.hpp"
#include "platform/linux/sanitizers.hpp"
#include "platform/linux/seccomp.hpp"

namespace berth::platform {
namespace {

constexpr rlim_t kMaxMemory = rlim_t{2} << 30U;
constexpr rlim_t kMaxProcessorSeconds = 60;

void limit(int resource, rlim_t most) {
  const rlimit value{most, most};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &value);
}

void set_limits() {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_CPU, kMaxProcessorSeconds);
  limit(RLIMIT_MEMLOCK, 0);
  limit(RLIMIT_MSGQUEUE, 0);
  // Sanitizers reserve terabytes of address space.
  if (!kSanitized) limit(RLIMIT_AS, kMaxMemory);
}

// If memory runs out, the kernel kills this process instead of berth. Source:
// proc_pid_oom_score_adj(5).
void be_first_to_end_without_memory() {
  const UniqueFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file) static_cast<void>(::write(file.get(), "1000", 4));
}

// In containers, berth often runs as root; its plugins must not have root's capabilities.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  ::syscall(SYS_capset, &header, none);
}

// Loads the libraries that a plugin may require. Once files cannot be opened, the dynamic loader
// finds only libraries that are already loaded.
void load_system_libraries() {
  constexpr std::array names{"libc.so.6",   "libm.so.6",      "libdl.so.2",    "libpthread.so.0",
                             "librt.so.1",  "libatomic.so.1", "libgcc_s.so.1", "libstdc++.so.6",
                             "libc++.so.1", "libc++abi.so.1", "libunwind.so.1"};
  for (const char* name : names) ::dlopen(name, RTLD_LAZY | RTLD_LOCAL);
}

}  // namespace

Sandbox enter_sandbox() {
  Sandbox sandbox;
  be_first_to_end_without_memory();
  set_limits();
  sandbox.parts.privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  load_system_libraries();
  drop_capabilities();
  sandbox.parts.files = restrict_files();
  sandbox.parts.system_calls = restrict_system_calls(sandbox);
  return sandbox;
}

}  // namespace berth::platform
