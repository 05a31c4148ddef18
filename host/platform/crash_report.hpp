// Reports crashes of this process.
#pragma once

namespace berth::platform {

// From now on, a crash (a signal such as SIGSEGV or SIGABRT) writes the function calls that led to
// it to standard error, then ends the process by that signal. A crash signal that another process
// sent ends it by SIGKILL instead, so that this process is not blamed. Call it before threads
// exist.
void report_crashes();

// Allows every process of the user to attach a debugger to this one, also under Yama
// (kernel.yama.ptrace_scope = 1).
void allow_debugger();

}  // namespace berth::platform
