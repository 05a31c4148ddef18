// A seccomp filter that denies new programs, processes, sockets, signals to others and ways around them, and what
// Landlock does not guard: modes, owners, times and attributes of files. Threads stay possible: clone with
// CLONE_THREAD; clone3, whose flags a filter cannot see, answers ENOSYS, so that the C library falls back to clone.
// Source: seccomp(2); kernel documentation, userspace-api/seccomp_filter.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/confinement.hpp"

namespace berth::worker {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

constexpr int kDenied[] = {
    SYS_execve,
    SYS_execveat,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_setpgid,
    SYS_setsid,
    SYS_setpriority,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_sched_setaffinity,
    SYS_ioprio_set,
    SYS_kcmp,
    SYS_process_madvise,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_truncate,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_msgget,
    SYS_msgctl,
    SYS_semget,
    SYS_semctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_inotify_init1,
    SYS_fanotify_init,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_memfd_create,
    SYS_setrlimit,
    SYS_prlimit64,
#if defined(__x86_64__)  // of the same kind, and gone from newer architectures
    SYS_fork,
    SYS_vfork,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_inotify_init,
#endif
};

sock_filter statement(unsigned code, std::uint32_t value) { return {static_cast<std::uint16_t>(code), 0, 0, value}; }

sock_filter jump(unsigned code, std::uint32_t value, unsigned if_true, unsigned if_false) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false),
          value};
}

sock_filter deny(int error) {
  return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

sock_filter load(std::size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }

constexpr unsigned kEqual = BPF_JMP | BPF_JEQ | BPF_K;

// `number` is denied when its argument `place` is `value`.
void deny_with(std::vector<sock_filter>& filter, std::uint32_t number, std::size_t place, std::uint32_t value) {
  filter.push_back(jump(kEqual, number, 0, 4));
  filter.push_back(load(offsetof(seccomp_data, args) + place * sizeof(std::uint64_t)));
  filter.push_back(jump(kEqual, value, 0, 1));
  filter.push_back(deny(EPERM));
  filter.push_back(load(offsetof(seccomp_data, nr)));
}

// A thread may signal threads of this process alone, as abort() does.
void bind_tgkill(std::vector<sock_filter>& filter) {
  filter.push_back(jump(kEqual, SYS_tgkill, 0, 4));
  filter.push_back(load(offsetof(seccomp_data, args)));
  filter.push_back(jump(kEqual, static_cast<std::uint32_t>(::getpid()), 1, 0));
  filter.push_back(deny(EPERM));
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

std::vector<sock_filter> make_filter() {
  std::vector<sock_filter> filter{load(offsetof(seccomp_data, arch)), jump(kEqual, kArchitecture, 1, 0), deny(EPERM),
                                  load(offsetof(seccomp_data, nr))};
#if defined(__x86_64__)
  // The x32 numbers name the same calls once more.
  filter.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
  filter.push_back(deny(EPERM));
#endif
  for (const int number : kDenied) {
    filter.push_back(jump(kEqual, static_cast<std::uint32_t>(number), 0, 1));
    filter.push_back(deny(EPERM));
  }
  deny_with(filter, SYS_prctl, 0, PR_SET_PDEATHSIG);  // it ends with berth
  for (const std::uint32_t command : {F_SETOWN, F_SETOWN_EX}) deny_with(filter, SYS_fcntl, 1, command);
  bind_tgkill(filter);
  filter.push_back(jump(kEqual, SYS_ioctl, 0, 1));
  filter.push_back(deny(ENOTTY));
  filter.push_back(jump(kEqual, SYS_clone3, 0, 1));
  filter.push_back(deny(ENOSYS));
  filter.push_back(jump(kEqual, SYS_clone, 0, 3));
  filter.push_back(load(offsetof(seccomp_data, args[0])));
  filter.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
  filter.push_back(deny(EPERM));
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace

bool forbid_system_calls() {
  if (kArchitecture == 0) return false;
  auto filter = make_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace berth::worker
