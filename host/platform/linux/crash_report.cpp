// Sources: backtrace(3), sigaction(2), PR_SET_PTRACER(2const).
#include "platform/crash_report.hpp"

#include <execinfo.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "platform/linux/sanitizers.hpp"

namespace berth::platform {
namespace {

constexpr int kMaxFrames = 32;

// The stack of the handler: that of the crashed thread may be exhausted.
alignas(16) std::array<std::byte, 65536> handler_stack;

// Called for a crash. Only async-signal-safe functions, and backtrace(), which was called before.
void on_crash(int signal, siginfo_t* info, void*) {
  if (info != nullptr && info->si_code <= 0 && info->si_pid != ::getpid()) {
    ::kill(::getpid(), SIGKILL);
    return;
  }
  std::array<void*, kMaxFrames> frames{};
  const int count = ::backtrace(frames.data(), kMaxFrames);
  constexpr std::string_view kTitle = "crashed; the calls, innermost first:\n";
  static_cast<void>(::write(2, kTitle.data(), kTitle.size()));
  ::backtrace_symbols_fd(frames.data(), count, 2);
  // SA_RESETHAND: the signal now ends the process.
  ::raise(signal);
}

}  // namespace

void report_crashes() {
  if (kSanitized) return;  // sanitizers have their own reports
  std::array<void*, 1> frame{};
  ::backtrace(frame.data(), 1);  // loads what it needs, which the sandbox would prevent
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP})
    ::sigaction(signal, &action, nullptr);
}

void allow_debugger() { ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); }

}  // namespace berth::platform
