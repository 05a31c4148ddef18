// WorkerProcess: a berth-flavor-worker process and the connection to it. Owns the process; the
// destructor terminates it.
// Thread-safe: calls are executed one after the other. Exception: while a call with
// Reentrancy::allowed waits for the host's response to a request, another call may run within it.
// Every fault of the process is an error of class plugin that names the plugin, the call and the
// cause. All later calls fail with the same error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "channel/calls.hpp"
#include "platform/sandbox_parts.hpp"
#include "platform/unique_fd.hpp"

namespace berth::flavor {

class WorkerProcess {
 public:
  // Handles one request of the plugin and returns its outcome (channel::encode_outcome). Its time
  // does not count towards the plugin's limit, unless the call is on the plugin's time.
  using OnRequest = std::function<base::Json(std::string_view method, const base::Json& params)>;
  // Handles one notification of the plugin.
  using OnNotification = std::function<void(std::string_view method, const base::Json& params)>;

  // Starts a worker. `program` is the path of berth-flavor-worker; `plugin` is a sealed copy of the
  // plugin. `plugin_path` is only used in errors and log lines. References must outlive this
  // object. Errors: class plugin, code "plugin.worker".
  static base::Result<WorkerProcess> start(const std::string& program,
                                           const platform::UniqueFd& plugin,
                                           std::string plugin_path,
                                           const base::Cancellation& cancellation, base::Log& log);
  WorkerProcess(WorkerProcess&&) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) noexcept;
  ~WorkerProcess();

  [[nodiscard]] pid_t process_id() const;

  // Whether another call may run while `on_request` of this one prepares a response: nested in it,
  // one at a time.
  enum class Reentrancy { forbidden, allowed };

  // The parts of the sandbox that this machine supports. Known before the plugin is loaded.
  struct Sandbox {
    platform::SandboxParts parts;
    bool threads =
        false;  // the host approves each new thread; otherwise it counts them during calls
  };

  // Makes the worker enter its sandbox. Must be the first call. From then on, the number of its
  // threads is limited (thread_limit.hpp). Where the host can only count threads, a process with
  // too many is killed: code "plugin.too-many-threads".
  // `debugged`: a debugger may attach to the process.
  base::Result<Sandbox> enter_sandbox(std::chrono::milliseconds limit, bool debugged = false);
  // The error of the call in which the process crashed; std::nullopt if it did not, or was killed
  // from outside.
  [[nodiscard]] const std::optional<base::Error>& crash() const;

  // Sends a request of the call `info` and returns the frame of its response. `limit` is the time
  // that the plugin itself may use. Both callbacks run on the caller's thread. Errors: class
  // plugin; class validation, code "flavor.message-size": `params` is too large.
  base::Result<base::Json> call(const channel::CallInfo& info, base::Json params,
                                std::chrono::milliseconds limit, const OnRequest& on_request,
                                const OnNotification& on_notification,
                                Reentrancy reentrancy = Reentrancy::forbidden);
  // Terminates the process because its response is malformed, and returns the error: class plugin,
  // code "plugin.garbage".
  base::Error reject_response(const channel::CallInfo& info, const std::string& cause);

 private:
  struct Handlers;
  struct State;
  explicit WorkerProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::flavor
