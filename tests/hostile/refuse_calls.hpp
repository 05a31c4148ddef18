// Simulates a machine without a part of the sandbox: a seccomp filter, inherited by executed
// programs, replaces the results of system calls.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <vector>

namespace berth::test {

// "landlock", "seccomp" or "listener" with "=ERROR": ENOSYS (a kernel without it), EOPNOTSUPP
// (disabled at boot), EPERM (the filter of a container runtime). "listener" needs no error: the
// kernel permits one listener, and here is one already. False if the filter cannot be installed.
inline bool refuse_calls(std::string_view what) {
  const auto refuses = [&](std::string_view part) { return what.substr(0, part.size()) == part; };
  const auto has_error = [&](std::string_view name) {
    return what.find(name) != std::string_view::npos;
  };
  const auto error = static_cast<unsigned>(has_error("ENOSYS")       ? ENOSYS
                                           : has_error("EOPNOTSUPP") ? EOPNOTSUPP
                                                                     : EPERM);
  const auto jump_if = [](unsigned number) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number};
  };
  const sock_filter refuse{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error};
  std::vector<sock_filter> filter{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offsetof(seccomp_data, nr))}};
  if (refuses("landlock"))
    for (const unsigned number : {444U, 445U, 446U})
      filter.insert(filter.end(), {jump_if(number), refuse});
  if (refuses("seccomp")) {
    filter.insert(filter.end(), {jump_if(SYS_seccomp), refuse});
    // prctl(PR_SET_SECCOMP)
    filter.insert(
        filter.end(),
        {{BPF_JMP | BPF_JEQ | BPF_K, 0, 3, static_cast<unsigned>(SYS_prctl)},
         {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offsetof(seccomp_data, args))},
         {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PR_SET_SECCOMP},
         refuse});
  }
  filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const unsigned long flags = refuses("listener") ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0UL;
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  // A listener counts as long as a descriptor of it is open; the copy survives execve().
  return flags == 0 ? result == 0 : result >= 0 && ::dup(static_cast<int>(result)) >= 0;
}

}  // namespace berth::test
