#include "flavor/worker_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>

#include "base/escape.hpp"
#include "channel/frame.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/plugin_output.hpp"
#include "flavor/spawn.hpp"
#include "platform/socket.hpp"
#include "platform/thread_limit.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostAsks = 1000;
constexpr milliseconds kExitLimit{1000};
constexpr milliseconds kCountThreads{20};  // interval between counts, where the host does not approve them
constexpr milliseconds kCancelGrace{250};  // time for a plugin to notice the cancellation

// Replaces a batch of responses that exceeds a frame, although each response is within its limit.
Json too_large_answer() { return refused_request("the responses are too large; send fewer requests at once"); }

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::strsignal(WTERMSIG(status));
    return fmt::format("it crashed: signal {} ({})", WTERMSIG(status), name != nullptr ? name : "unknown");
  }
  return fmt::format("it exited with status {}", WEXITSTATUS(status));
}

}  // namespace

struct WorkerProcess::State {
  State(SpawnedWorker spawned, std::string path, const base::Cancellation& cancel, base::Log& to)
      : worker(std::move(spawned)),
        plugin_path(std::move(path)),
        cancellation(cancel),
        output(std::move(worker.output), plugin_path, to) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(); }

  Error fault(std::string code, std::string_view call, std::string cause) const {
    return Error(ErrorClass::plugin, std::move(code), fmt::format("plugin {} failed in {}", plugin_path, call))
        .cause(std::move(cause));
  }

  base::Result<void> send(std::string_view call, const Json& message, milliseconds limit, Clock::duration& used);
  base::Result<void> write_frame(std::string_view call, std::string_view frame, milliseconds limit,
                                 Clock::duration& used);
  base::Result<Json> receive(std::string_view call, milliseconds limit, Clock::duration used, const Ask& ask,
                             const Tell& tell);
  base::Result<Json> exchange(std::string_view call, const Json& message, milliseconds limit, const Ask& ask,
                              const Tell& tell);
  base::Result<Json> talk(std::string_view call, Json message, milliseconds limit, const Ask& ask, const Tell& tell);
  base::Result<Json> ask_openly(std::unique_lock<std::mutex>& turn, const Ask& ask, const Json& question) const;
  base::Result<void> wait_for(short event, std::string_view call, milliseconds limit, Clock::duration& used);
  milliseconds time_left(milliseconds limit, Clock::duration used);
  bool read_channel();
  std::string reap();
  int end();

  SpawnedWorker worker;
  std::string plugin_path;
  const base::Cancellation& cancellation;
  PluginOutput output;
  channel::FrameDecoder decoder{channel::kWorkerFrameLimit};
  std::mutex turn;             // its holder may use the channel; guards all members below, and `worker`
  std::optional<Error> ended;  // why the worker was terminated; std::nullopt while it runs
  std::optional<Clock::time_point> cancel_by;
  std::uint64_t calls = 0;
  bool takes_descriptor = false;  // only before the plugin is loaded
  platform::UniqueFd descriptor;
  bool counts_threads = false;
  std::unique_ptr<platform::ThreadLimit> threads;  // destroyed before the process is waited for
};

// If the plugin does not read, berth has to wait; that time counts as the plugin's own.
base::Result<void> WorkerProcess::State::send(std::string_view call, const Json& message, milliseconds limit,
                                              Clock::duration& used) {
  const std::string frame = channel::encode_frame(message);
  if (const auto size = channel::message_size(frame); size > channel::kFrameLimit)
    return Error(ErrorClass::validation, "flavor.message-size",
                 fmt::format("flavor plugin {} cannot be called: too much data", plugin_path))
        .cause(fmt::format("{} bytes for {}; at most {}", size, call, channel::kFrameLimit));
  return write_frame(call, frame, limit, used);
}

base::Result<void> WorkerProcess::State::write_frame(std::string_view call, std::string_view frame, milliseconds limit,
                                                     Clock::duration& used) {
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto count = ::send(worker.channel.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fault("plugin.ended", call, reap());
    BERTH_CHECK(wait_for(POLLOUT, call, limit, used));
  }
  return {};
}

// After loading, descriptors from the plugin are never received.
bool WorkerProcess::State::read_channel() {
  std::array<std::byte, 65536> buffer{};
  const auto count = platform::receive(worker.channel.get(), buffer, takes_descriptor ? &descriptor : nullptr);
  if (count > 0) decoder.feed(std::span(buffer).first(static_cast<std::size_t>(count)));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Returns the plugin's remaining time, or that of the grace period after cancellation. Rounded up, so that it is not
// 0 before the end.
milliseconds WorkerProcess::State::time_left(milliseconds limit, Clock::duration used) {
  if (cancellation.requested() && !cancel_by) cancel_by = Clock::now() + kCancelGrace;
  auto left = limit - used;
  if (cancel_by) left = std::min<Clock::duration>(left, *cancel_by - Clock::now());
  return std::chrono::ceil<milliseconds>(left);
}

// Waits until the channel is ready for `event`; adds the elapsed time to `used`.
base::Result<void> WorkerProcess::State::wait_for(short event, std::string_view call, milliseconds limit,
                                                  Clock::duration& used) {
  const auto left = time_left(limit, used);
  if (left.count() <= 0) {
    if (cancel_by) return cancellation.error();
    const char* what = event == POLLOUT ? "it did not read its channel" : "it did not respond";
    return fault("plugin.hung", call, fmt::format("{} within {} ms", what, limit.count()));
  }
  const auto begin = Clock::now();
  // poll() ignores negative descriptors.
  pollfd waits[3] = {
      {worker.channel.get(), event, 0}, {output.fd(), POLLIN, 0}, {cancel_by ? -1 : cancellation.fd(), POLLIN, 0}};
  ::poll(waits, 3, static_cast<int>((counts_threads ? std::min(left, kCountThreads) : left).count()));
  used += Clock::now() - begin;
  if (counts_threads && platform::count_threads(worker.process.id()) > platform::kMaxThreads)
    return fault("plugin.too-many-threads", call, fmt::format("it has more than {} threads", platform::kMaxThreads));
  if (waits[1].revents != 0) output.read();
  if (event == POLLIN && waits[0].revents != 0 && !read_channel()) return fault("plugin.ended", call, reap());
  return {};
}

base::Result<Json> WorkerProcess::State::receive(std::string_view call, milliseconds limit, Clock::duration used,
                                                 const Ask& ask, const Tell& tell) {
  const std::uint64_t own_number = calls;
  int asks = 0;
  while (true) {
    auto message = decoder.next();
    if (!message) return fault("plugin.garbage", call, "it sent a malformed frame: " + message.error().cause());
    if (!*message) {
      BERTH_CHECK(wait_for(POLLIN, call, limit, used));
      continue;
    }
    const Json& got = **message;
    if (got.find("reply") != nullptr) {
      const Json* number = got.find("call");
      if (number != nullptr && number->as_uint() == own_number) return std::move(**message);
      return fault("plugin.garbage", call, "it sent an unexpected response");
    }
    if (++asks > kMostAsks)
      return fault("plugin.too-many-calls", call, fmt::format("it called the host more than {} times", kMostAsks));
    if (got.find("tell") != nullptr) {
      tell(got);
      continue;
    }
    const auto begin = Clock::now();
    BERTH_TRY(const auto answer, ask(got));
    // Cryptography counts as the plugin's own time; waiting for files, programs and hosts does not.
    if (got.string_or("ask", "").starts_with("crypto.")) used += Clock::now() - begin;
    std::string frame = channel::encode_frame(answer);
    if (channel::message_size(frame) > channel::kFrameLimit) frame = channel::encode_frame(too_large_answer());
    BERTH_CHECK(write_frame(call, frame, limit, used));
  }
}

// Releases the lock while the host prepares the response, so that another call can run within this one.
base::Result<Json> WorkerProcess::State::ask_openly(std::unique_lock<std::mutex>& turn, const Ask& ask,
                                                    const Json& question) const {
  turn.unlock();
  auto answer = ask(question);
  turn.lock();
  if (ended) return ended->clone();
  return answer;
}

base::Result<Json> WorkerProcess::State::exchange(std::string_view call, const Json& message, milliseconds limit,
                                                  const Ask& ask, const Tell& tell) {
  Clock::duration used{0};
  BERTH_CHECK(send(call, message, limit, used));
  return receive(call, limit, used, ask, tell);
}

base::Result<Json> WorkerProcess::State::talk(std::string_view call, Json message, milliseconds limit, const Ask& ask,
                                              const Tell& tell) {
  if (ended) return ended->clone();
  message.set("call", ++calls);
  auto reply = exchange(call, message, limit, ask, tell);
  if (reply || ended) return reply;
  ended = reply.error().clone();
  end();
  return reply;
}

// Waits for the exit of a process that has closed its channel; returns how it exited.
std::string WorkerProcess::State::reap() {
  pollfd exit{worker.process.exit_fd(), POLLIN, 0};
  const bool by_itself = ::poll(&exit, 1, static_cast<int>(kExitLimit.count())) > 0;
  const int status = end();
  return by_itself ? how_it_ended(status) : "it closed its channel";
}

int WorkerProcess::State::end() {
  const int status = worker.process.terminate();
  output.finish();
  return status;
}

WorkerProcess::WorkerProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkerProcess::WorkerProcess(WorkerProcess&&) noexcept = default;
WorkerProcess& WorkerProcess::operator=(WorkerProcess&&) noexcept = default;
WorkerProcess::~WorkerProcess() = default;

base::Result<WorkerProcess> WorkerProcess::start(const std::string& program, const platform::UniqueFd& plugin,
                                                 std::string plugin_path, const base::Cancellation& cancellation,
                                                 base::Log& log) {
  BERTH_TRY(auto worker, spawn_worker(program, plugin));
  return WorkerProcess(std::make_unique<State>(std::move(worker), std::move(plugin_path), cancellation, log));
}

base::Result<WorkerProcess::Sandbox> WorkerProcess::enter_sandbox(milliseconds limit) {
  State& state = *state_;
  const std::unique_lock turn(state.turn);
  const Ask refuse = [](const Json&) -> base::Result<Json> {
    return refused_request("no service is available before the plugin is loaded");
  };
  state.takes_descriptor = true;
  auto reply = state.talk("loading", Json::object({{"do", "sandbox"}}), limit, refuse, [](const Json&) {});
  state.takes_descriptor = false;
  if (!reply) return std::move(reply).error();
  const Sandbox sandbox{.parts = {.privileges = reply->is_true("no_new_privileges"),
                                  .files = reply->is_true("landlock"),
                                  .system_calls = reply->is_true("seccomp")},
                        .threads = static_cast<bool>(state.descriptor)};
  state.counts_threads = !sandbox.threads;
  if (sandbox.threads)
    state.threads = std::make_unique<platform::ThreadLimit>(state.worker.process.id(), std::move(state.descriptor));
  return sandbox;
}

base::Result<Json> WorkerProcess::call(std::string_view call, Json message, milliseconds limit, const Ask& ask,
                                       const Tell& tell, Meanwhile meanwhile) {
  std::unique_lock turn(state_->turn);
  if (meanwhile == Meanwhile::closed) return state_->talk(call, std::move(message), limit, ask, tell);
  const Ask open = [&](const Json& question) { return state_->ask_openly(turn, ask, question); };
  return state_->talk(call, std::move(message), limit, open, tell);
}

}  // namespace berth::flavor
