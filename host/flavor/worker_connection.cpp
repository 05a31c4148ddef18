#include "flavor/worker_connection.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>

#include "base/escape.hpp"
#include "platform/socket.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kExitLimit{1000};
constexpr milliseconds kCountThreads{
    20};  // interval between counts, where the host does not approve them
constexpr milliseconds kCancelGrace{250};  // time for a plugin to notice the cancellation

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::strsignal(WTERMSIG(status));
    return fmt::format("it crashed: signal {} ({})", WTERMSIG(status),
                       name != nullptr ? name : "unknown");
  }
  return fmt::format("it exited with status {}", WEXITSTATUS(status));
}

// Signals that a program causes itself. SIGKILL and the like come from outside, or from a system
// without memory.
bool is_crash(int status) {
  if (!WIFSIGNALED(status)) return false;
  const int signal = WTERMSIG(status);
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
         signal == SIGABRT || signal == SIGTRAP || signal == SIGSYS;
}

}  // namespace

WorkerConnection::WorkerConnection(SpawnedWorker worker, std::string plugin_path,
                                   const base::Cancellation& cancellation, base::Log& log)
    : worker_(std::move(worker)),
      plugin_path_(std::move(plugin_path)),
      cancellation_(cancellation),
      output_(std::move(worker_.output), plugin_path_, log) {}

Error WorkerConnection::fault(std::string code, std::string_view function,
                              std::string cause) const {
  return Error(ErrorClass::plugin, std::move(code),
               fmt::format("plugin {} failed in {}", plugin_path_, function))
      .cause(std::move(cause));
}

base::Result<void> WorkerConnection::write(RunningCall& call, std::string_view frame) {
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto count =
        ::send(worker_.channel.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fault("plugin.ended", call.function, reap());
    BERTH_CHECK(wait_for(POLLOUT, call));
  }
  return {};
}

base::Result<base::Json> WorkerConnection::read(RunningCall& call) {
  while (true) {
    auto message = decoder_.next();
    if (!message)
      return fault("plugin.garbage", call.function,
                   "it sent a malformed frame: " + message.error().cause());
    if (*message) return std::move(**message);
    BERTH_CHECK(wait_for(POLLIN, call));
  }
}

// After loading, descriptors from the plugin are never received.
bool WorkerConnection::receive() {
  std::array<std::byte, 65536> buffer{};
  const auto count =
      platform::receive(worker_.channel.get(), buffer, takes_descriptor_ ? &descriptor_ : nullptr);
  if (count > 0) decoder_.feed(std::span(buffer).first(static_cast<std::size_t>(count)));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Returns the plugin's remaining time, or that of the grace period after cancellation. Rounded up,
// so that it is not 0 before the end.
milliseconds WorkerConnection::time_left(const RunningCall& call) {
  if (cancellation_.requested() && !cancel_by_) cancel_by_ = Clock::now() + kCancelGrace;
  auto left = call.limit - call.used;
  if (cancel_by_) left = std::min<Clock::duration>(left, *cancel_by_ - Clock::now());
  return std::chrono::ceil<milliseconds>(left);
}

// Waits until the channel is ready for `event`; adds the elapsed time to what the plugin has used.
base::Result<void> WorkerConnection::wait_for(short event, RunningCall& call) {
  const auto left = time_left(call);
  if (left.count() <= 0) {
    if (cancel_by_) return cancellation_.error();
    const char* what = event == POLLOUT ? "it did not read its channel" : "it did not respond";
    return fault("plugin.hung", call.function,
                 fmt::format("{} within {} ms", what, call.limit.count()));
  }
  const auto begin = Clock::now();
  // poll() ignores negative descriptors.
  pollfd waits[3] = {{worker_.channel.get(), event, 0},
                     {output_.fd(), POLLIN, 0},
                     {cancel_by_ ? -1 : cancellation_.fd(), POLLIN, 0}};
  ::poll(waits, 3,
         static_cast<int>((counts_threads_ ? std::min(left, kCountThreads) : left).count()));
  call.used += Clock::now() - begin;
  if (counts_threads_ && platform::count_threads(worker_.process.id()) > platform::kMaxThreads)
    return fault("plugin.too-many-threads", call.function,
                 fmt::format("it has more than {} threads", platform::kMaxThreads));
  if (waits[1].revents != 0) output_.read();
  if (event == POLLIN && waits[0].revents != 0 && !receive())
    return fault("plugin.ended", call.function, reap());
  return {};
}

bool WorkerConnection::limit_threads() {
  takes_descriptor_ = false;
  counts_threads_ = !descriptor_;
  if (descriptor_)
    threads_ =
        std::make_unique<platform::ThreadLimit>(worker_.process.id(), std::move(descriptor_));
  return !counts_threads_;
}

// Waits for the exit of a process that has closed its channel; returns how it exited.
std::string WorkerConnection::reap() {
  pollfd exit{worker_.process.exit_fd(), POLLIN, 0};
  const bool by_itself = ::poll(&exit, 1, static_cast<int>(kExitLimit.count())) > 0;
  const int status = terminate();
  if (!by_itself) return "it closed its channel";
  crashed_ = is_crash(status);
  std::string how = how_it_ended(status);
  if (!output_.crash_site().empty()) how += " at " + base::escape(output_.crash_site(), 200);
  if (crashed_ && !output_.last_line().empty())
    how += "; the last line that it logged: " + base::quote(output_.last_line(), 200);
  return how;
}

int WorkerConnection::terminate() {
  const int status = worker_.process.terminate();
  output_.finish();
  return status;
}

}  // namespace berth::flavor
