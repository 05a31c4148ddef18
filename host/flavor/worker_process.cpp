#include "flavor/worker_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/escape.hpp"
#include "channel/frame.hpp"
#include "flavor/spawn.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMostOutput = std::size_t{64} << 10U;
constexpr std::size_t kLongestLine = 4096;
constexpr int kMostAsks = 1000;
constexpr milliseconds kExitLimit{1000};

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::strsignal(WTERMSIG(status));
    return fmt::format("it crashed: signal {} ({})", WTERMSIG(status), name != nullptr ? name : "unknown");
  }
  return fmt::format("it ended its process with status {}", WEXITSTATUS(status));
}

milliseconds since(Clock::time_point begin) { return std::chrono::duration_cast<milliseconds>(Clock::now() - begin); }

}  // namespace

struct WorkerProcess::State {
  State(SpawnedWorker spawned, std::string path, const base::Cancellation& cancel, base::Log& to)
      : worker(std::move(spawned)), plugin_path(std::move(path)), cancellation(cancel), log(to) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(); }

  Error fault(std::string code, std::string_view call, std::string cause) const {
    return Error(ErrorClass::plugin, std::move(code),
                 fmt::format("the flavor plugin {} failed in {}", plugin_path, call))
        .cause(std::move(cause));
  }

  base::Result<void> send(std::string_view call, const Json& message);
  base::Result<Json> receive(std::string_view call, milliseconds limit, const Ask& ask, const Tell& tell);
  base::Result<void> wait_for_bytes(std::string_view call, milliseconds limit, milliseconds used);
  bool read_channel();
  void read_output();
  void print_line();
  std::string reap();
  void end();

  SpawnedWorker worker;
  std::string plugin_path;
  const base::Cancellation& cancellation;
  base::Log& log;
  channel::FrameDecoder decoder;
  std::string line;
  std::size_t printed = 0;
  bool reaped = false;
};

// A worker that reads nothing cannot keep us: its socket's buffer is larger than what is sent between two answers, and
// what does not fit is a fault of its own.
base::Result<void> WorkerProcess::State::send(std::string_view call, const Json& message) {
  const std::string frame = channel::encode_frame(message);
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto count = ::send(worker.channel.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    pollfd writable{worker.channel.get(), POLLOUT, 0};
    if (errno == EAGAIN && ::poll(&writable, 1, static_cast<int>(kExitLimit.count())) > 0) continue;
    return fault("plugin.ended", call, reap());
  }
  return {};
}

bool WorkerProcess::State::read_channel() {
  std::array<std::byte, 65536> buffer{};
  const auto count = ::recv(worker.channel.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) decoder.feed(std::span(buffer).first(static_cast<std::size_t>(count)));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

void WorkerProcess::State::print_line() {
  if (!line.empty()) log.write(base::LogLevel::step, "plugin", {{"file", plugin_path}, {"printed", line}});
  line.clear();
}

void WorkerProcess::State::read_output() {
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(worker.output.get(), buffer.data(), buffer.size())) > 0;) {
    for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(count))) {
      if (printed > kMostOutput) continue;
      ++printed;
      if (c == '\n' || line.size() >= kLongestLine) print_line();
      if (c != '\n') line += c;
    }
  }
}

base::Result<void> WorkerProcess::State::wait_for_bytes(std::string_view call, milliseconds limit, milliseconds used) {
  if (used >= limit) {
    end();
    return fault("plugin.hung", call, fmt::format("it did not answer within {} ms", limit.count()));
  }
  pollfd waits[3] = {
      {worker.channel.get(), POLLIN, 0}, {worker.output.get(), POLLIN, 0}, {cancellation.fd(), POLLIN, 0}};
  ::poll(waits, 3, static_cast<int>((limit - used).count()));
  if ((waits[1].revents & POLLIN) != 0) read_output();
  if (cancellation.requested()) return cancellation.error();
  if (waits[0].revents != 0 && !read_channel()) {
    const auto cause = reap();
    return fault("plugin.ended", call, cause);
  }
  return {};
}

base::Result<Json> WorkerProcess::State::receive(std::string_view call, milliseconds limit, const Ask& ask,
                                                 const Tell& tell) {
  milliseconds used{0};
  int asks = 0;
  while (true) {
    auto message = decoder.next();
    if (!message) {
      end();
      return fault("plugin.garbage", call, "it wrote garbage to berth: " + message.error().cause());
    }
    if (!*message) {
      const auto begin = Clock::now();
      BERTH_CHECK(wait_for_bytes(call, limit, used));
      used += since(begin);
      continue;
    }
    const Json& got = **message;
    if (got.find("reply") != nullptr) return std::move(**message);
    if (++asks > kMostAsks) {
      end();
      return fault("plugin.too-many-calls", call, fmt::format("it asked berth more than {} times", kMostAsks));
    }
    if (got.find("tell") != nullptr) {
      tell(got);
      continue;
    }
    BERTH_TRY(const auto answer, ask(got));
    BERTH_CHECK(send(call, answer));
  }
}

// Waits for the end of a process that has closed its channel, and says how it ended.
std::string WorkerProcess::State::reap() {
  pollfd ended{worker.process.get(), POLLIN, 0};
  const bool by_itself = ::poll(&ended, 1, static_cast<int>(kExitLimit.count())) > 0;
  if (!by_itself) ::kill(worker.pid, SIGKILL);
  int status = 0;
  if (!reaped) ::waitpid(worker.pid, &status, 0);
  reaped = true;
  read_output();
  print_line();
  return by_itself ? how_it_ended(status) : "it closed its channel to berth";
}

void WorkerProcess::State::end() {
  if (reaped) return;
  ::kill(worker.pid, SIGKILL);
  ::waitpid(worker.pid, nullptr, 0);
  reaped = true;
  read_output();
  print_line();
}

WorkerProcess::WorkerProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkerProcess::WorkerProcess(WorkerProcess&&) noexcept = default;
WorkerProcess& WorkerProcess::operator=(WorkerProcess&&) noexcept = default;
WorkerProcess::~WorkerProcess() = default;

base::Result<WorkerProcess> WorkerProcess::start(const std::string& program, const base::UniqueFd& plugin,
                                                 std::string plugin_path, const base::Cancellation& cancellation,
                                                 base::Log& log) {
  BERTH_TRY(auto worker, spawn_worker(program, plugin));
  return WorkerProcess(std::make_unique<State>(std::move(worker), std::move(plugin_path), cancellation, log));
}

base::Result<Json> WorkerProcess::call(std::string_view call, const Json& message, milliseconds limit, const Ask& ask,
                                       const Tell& tell) {
  if (state_->reaped) return state_->fault("plugin.ended", call, "its process has ended");
  BERTH_CHECK(state_->send(call, message));
  return state_->receive(call, limit, ask, tell);
}

}  // namespace berth::flavor
