#include "base/run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/unique_fd.hpp"

namespace berth::base {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return file_error("make", "a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A started program; killed with its group, and reaped, in the destructor.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    static_cast<void>(wait());
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  // Whether it ended before `limit` was over.
  [[nodiscard]] bool ends_within(milliseconds limit) const {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd ended{process.get(), POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(std::max<long>(limit.count(), 0))) > 0;
  }

 private:
  pid_t pid_;
};

Result<pid_t> spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  if (error == ENOENT) return Error(ErrorClass::not_found, "program.missing", "there is no program " + argv[0]);
  return Error(ErrorClass::disk, "program.start", "cannot start " + argv[0]).cause(errno_text(error));
}

// Appends what is there; closes `from` at the end.
bool drain(UniqueFd& from, std::string& into, std::size_t most) {
  std::array<char, 16384> buffer{};
  const auto count = ::read(from.get(), buffer.data(), buffer.size());
  if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) from = UniqueFd();
  return into.size() <= most;
}

// Closes `to` once all is written, or nobody reads.
void feed(UniqueFd& to, std::string_view& input) {
  const auto count = ::write(to.get(), input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  if (input.empty() || (count < 0 && errno != EINTR && errno != EAGAIN)) to = UniqueFd();
}

Error did_not_end(const std::string& program, const ProgramLimits& limits) {
  const auto limit = limits.deadline.count();
  return Error(ErrorClass::stall, "program.deadline", program + " did not end")
      .cause("after " + (limit % 1000 == 0 ? std::to_string(limit / 1000) + " s" : std::to_string(limit) + " ms"));
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& argv, std::string_view input,
                                  const ProgramLimits& limits, const Cancellation& cancellation) {
  BERTH_TRY(auto in, make_pipe());
  BERTH_TRY(auto out, make_pipe());
  BERTH_TRY(auto err, make_pipe());
  BERTH_TRY(const auto pid, spawn(argv, in.read_end.get(), out.write_end.get(), err.write_end.get()));
  Child child(pid);
  in.read_end = UniqueFd();
  out.write_end = UniqueFd();
  err.write_end = UniqueFd();
  ::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
  const auto deadline = Clock::now() + limits.deadline;
  ProgramResult result;
  auto left = [deadline] { return std::chrono::duration_cast<milliseconds>(deadline - Clock::now()); };
  while (out.read_end || err.read_end) {
    if (left().count() <= 0) return did_not_end(argv[0], limits);
    // poll() skips descriptors below 0.
    pollfd waits[4] = {{out.read_end.get(), POLLIN, 0},
                       {err.read_end.get(), POLLIN, 0},
                       {in.write_end.get(), POLLOUT, 0},
                       {cancellation.fd(), POLLIN, 0}};
    ::poll(waits, 4, static_cast<int>(std::min<long>(left().count() + 1, 60'000)));
    if (cancellation.requested()) return cancellation.error();
    const bool fits = (waits[0].revents == 0 || drain(out.read_end, result.out, limits.output)) &&
                      (waits[1].revents == 0 || drain(err.read_end, result.err, limits.output));
    if (!fits)
      return Error(ErrorClass::validation, "program.output", argv[0] + " does not stop talking")
          .cause("more than " + std::to_string(limits.output) + " bytes");
    if (waits[2].revents != 0) feed(in.write_end, input);
  }
  if (!child.ends_within(left())) return did_not_end(argv[0], limits);
  result.status = child.wait();
  return result;
}

}  // namespace berth::base
