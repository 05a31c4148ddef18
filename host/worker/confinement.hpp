// Confinement of this process, for good: what a plugin could reach is taken away before it is loaded.
// Fault containment (a process of its own) always holds; malice containment needs Landlock and seccomp both.
#pragma once

namespace berth::worker {

struct Confinement {
  bool no_new_privileges = false;
  bool files = false;         // Landlock: no file can be opened
  bool system_calls = false;  // seccomp: no program, process or socket
};

// Limits, no_new_privs, the allowed system libraries loaded by name, capabilities dropped, Landlock, seccomp: in this
// order. What this machine does not offer stays false.
Confinement confine();

// The two that have a file of their own.
bool forbid_files();
bool forbid_system_calls();

}  // namespace berth::worker
