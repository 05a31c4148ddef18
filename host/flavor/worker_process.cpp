#include "flavor/worker_process.hpp"

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <utility>

#include "channel/frame.hpp"
#include "channel/plugin_calls.hpp"
#include "channel/protocol.hpp"
#include "channel/service_calls.hpp"
#include "flavor/plugin_messages.hpp"
#include "flavor/spawn.hpp"
#include "flavor/worker_connection.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMaxRequests = 1000;

// Replaces a batch of responses that exceeds a frame, although each response is within its limit.
Json too_large_response() {
  return refused_request("the responses are too large; send fewer requests at once");
}

bool is_on_plugin_time(std::string_view method) {
  bool result = false;
  channel::SystemCalls::visit(method, [&]<class Call>() { result = Call::kInfo.on_plugin_time; });
  return result;
}

}  // namespace

struct WorkerProcess::Handlers {
  const OnRequest& on_request;
  const OnNotification& on_notification;
};

struct WorkerProcess::State {
  State(SpawnedWorker worker, std::string path, const base::Cancellation& cancellation,
        base::Log& log)
      : connection(std::move(worker), std::move(path), cancellation, log) {}

  base::Result<Json> exchange(const channel::CallInfo& info, Json params, milliseconds limit,
                              const Handlers& handlers);
  base::Result<void> send(RunningCall& call, const Json& request);
  base::Result<Json> receive(RunningCall& call, const Handlers& handlers);
  base::Result<void> respond(RunningCall& call, const Handlers& handlers, const Json& request);
  void terminate(const Error& reason);

  std::mutex turn;  // its holder may use the connection; guards all members
  WorkerConnection connection;
  std::optional<Error> ended;  // why the worker was terminated; std::nullopt while it runs
  std::optional<Error> crash;
  std::uint64_t calls = 0;
};

base::Result<void> WorkerProcess::State::send(RunningCall& call, const Json& request) {
  const std::string frame = channel::encode_frame(request);
  if (const auto size = channel::message_size(frame); size > channel::kFrameLimit)
    return Error(ErrorClass::validation, "flavor.message-size",
                 fmt::format("flavor plugin {} cannot be called: too much data",
                             connection.plugin_path()))
        .cause(
            fmt::format("{} bytes for {}; at most {}", size, call.function, channel::kFrameLimit));
  return connection.write(call, frame);
}

// Handles what the plugin sends until the response to the call arrives.
base::Result<Json> WorkerProcess::State::receive(RunningCall& call, const Handlers& handlers) {
  const std::uint64_t own_id = calls;
  for (int requests = 0; requests <= kMaxRequests; ++requests) {
    BERTH_TRY(auto frame, connection.read(call));
    if (channel::is_request(frame)) {
      if (requests < kMaxRequests) BERTH_CHECK(respond(call, handlers, frame));
    } else {
      if (channel::id_of(frame) == own_id) return frame;
      return connection.fault("plugin.garbage", call.function, "it sent an unexpected response");
    }
  }
  return connection.fault("plugin.too-many-calls", call.function,
                          fmt::format("it called the host more than {} times", kMaxRequests));
}

// Handles a request or a notification of the plugin.
base::Result<void> WorkerProcess::State::respond(RunningCall& call, const Handlers& handlers,
                                                 const Json& request) {
  const std::string method = channel::method_of(request);
  const auto id = channel::id_of(request);
  if (!id) {
    if (method == channel::Log::kInfo.method)
      connection.keep_line(channel::params_of(request).string_or("message", ""));
    handlers.on_notification(method, channel::params_of(request));
    return {};
  }
  const auto begin = Clock::now();
  Json outcome = handlers.on_request(method, channel::params_of(request));
  if (ended) return ended->clone();
  if (is_on_plugin_time(method)) call.used += Clock::now() - begin;
  std::string frame = channel::encode_frame(channel::encode_response(*id, std::move(outcome)));
  if (channel::message_size(frame) > channel::kFrameLimit)
    frame = channel::encode_frame(channel::encode_response(*id, too_large_response()));
  return connection.write(call, frame);
}

base::Result<Json> WorkerProcess::State::exchange(const channel::CallInfo& info, Json params,
                                                  milliseconds limit, const Handlers& handlers) {
  if (ended) return ended->clone();
  RunningCall call{info.function, limit};
  auto sent = send(call, channel::encode_request(info.method, ++calls, std::move(params)));
  auto response = sent ? receive(call, handlers) : base::Result<Json>(std::move(sent).error());
  if (!response) terminate(response.error());
  return response;
}

void WorkerProcess::State::terminate(const Error& reason) {
  if (ended) return;
  ended = reason.clone();
  if (connection.crashed()) crash = reason.clone();
  connection.terminate();
}

WorkerProcess::WorkerProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkerProcess::WorkerProcess(WorkerProcess&&) noexcept = default;
WorkerProcess& WorkerProcess::operator=(WorkerProcess&&) noexcept = default;
WorkerProcess::~WorkerProcess() = default;

base::Result<WorkerProcess> WorkerProcess::start(const std::string& program,
                                                 const platform::UniqueFd& plugin,
                                                 std::string plugin_path,
                                                 const base::Cancellation& cancellation,
                                                 base::Log& log) {
  BERTH_TRY(auto worker, spawn_worker(program, plugin));
  return WorkerProcess(
      std::make_unique<State>(std::move(worker), std::move(plugin_path), cancellation, log));
}

pid_t WorkerProcess::process_id() const { return state_->connection.process_id(); }

const std::optional<Error>& WorkerProcess::crash() const { return state_->crash; }

base::Result<WorkerProcess::Sandbox> WorkerProcess::enter_sandbox(milliseconds limit,
                                                                  bool debugged) {
  State& state = *state_;
  const std::unique_lock turn(state.turn);
  const OnRequest refuse = [](std::string_view, const Json&) {
    return refused_request("no service is available before the plugin is loaded");
  };
  const OnNotification ignore = [](std::string_view, const Json&) {};
  state.connection.accept_descriptor();
  auto frame = state.exchange(channel::EnterSandbox::kInfo,
                              channel::encode(channel::EnterSandbox::Request{debugged}), limit,
                              {refuse, ignore});
  const bool limits_threads = state.connection.limit_threads();
  if (!frame) return std::move(frame).error();
  using Response = channel::EnterSandbox::Response;
  const auto outcome = channel::decode_response<Response, channel::PluginError>(*frame);
  const auto* entered = outcome ? std::get_if<Response>(&*outcome) : nullptr;
  if (entered == nullptr)
    return state.connection.fault("plugin.garbage", "loading", "it did not enter the sandbox");
  return Sandbox{.parts = {.privileges = entered->privileges,
                           .files = entered->files,
                           .system_calls = entered->system_calls},
                 .threads = limits_threads};
}

base::Result<Json> WorkerProcess::call(const channel::CallInfo& info, Json params,
                                       milliseconds limit, const OnRequest& on_request,
                                       const OnNotification& on_notification,
                                       Reentrancy reentrancy) {
  std::unique_lock turn(state_->turn);
  if (reentrancy == Reentrancy::forbidden)
    return state_->exchange(info, std::move(params), limit, {on_request, on_notification});
  // Releases the lock while the host prepares the response, so that another call can run within
  // this one.
  const OnRequest open = [&](std::string_view method, const Json& request) {
    turn.unlock();
    Json outcome = on_request(method, request);
    turn.lock();
    return outcome;
  };
  return state_->exchange(info, std::move(params), limit, {open, on_notification});
}

Error WorkerProcess::reject_response(const channel::CallInfo& info, const std::string& cause) {
  const std::lock_guard turn(state_->turn);
  auto error = state_->connection.fault("plugin.garbage", info.function,
                                        "it sent a malformed response: " + cause);
  state_->terminate(error);
  return error;
}

}  // namespace berth::flavor
