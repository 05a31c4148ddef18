// WorkerConnection: a berth-flavor-worker process and the frames that it exchanges with berth,
// within the time of a call. Owns the process; the destructor terminates it. Use it from one thread
// at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "channel/frame.hpp"
#include "flavor/plugin_output.hpp"
#include "flavor/spawn.hpp"
#include "platform/thread_limit.hpp"

namespace berth::flavor {

// A running call: a function of the plugin, for errors, and how much of its time the plugin has
// used.
struct RunningCall {
  std::string_view function;
  std::chrono::milliseconds limit;
  std::chrono::steady_clock::duration used{0};
};

class WorkerConnection {
 public:
  // `plugin_path` is only used in errors and log lines. References must outlive this object.
  WorkerConnection(SpawnedWorker worker, std::string plugin_path,
                   const base::Cancellation& cancellation, base::Log& log);
  WorkerConnection(const WorkerConnection&) = delete;
  WorkerConnection& operator=(const WorkerConnection&) = delete;
  ~WorkerConnection() { terminate(); }

  // Returns an error of class plugin that names the plugin, the function and the cause.
  [[nodiscard]] base::Error fault(std::string code, std::string_view function,
                                  std::string cause) const;
  // Keeps the last line that the plugin logged, for the error of a crash.
  void keep_line(std::string line) { output_.keep_line(std::move(line)); }
  // Whether the process was found to have crashed by a fault of its own.
  [[nodiscard]] bool crashed() const { return crashed_; }
  [[nodiscard]] pid_t process_id() const { return worker_.process.id(); }
  [[nodiscard]] const std::string& plugin_path() const { return plugin_path_; }

  // Sends a frame. If the plugin does not read, berth has to wait; that time counts as the plugin's
  // own. Errors: class plugin; class interrupted, 250 ms after the cancellation.
  base::Result<void> write(RunningCall& call, std::string_view frame);
  // Returns the next frame. Errors: as for write().
  base::Result<base::Json> read(RunningCall& call);

  // From now on, receives a descriptor with a frame. Only for use before the plugin is loaded.
  void accept_descriptor() { takes_descriptor_ = true; }
  // From now on, closes received descriptors. Limits the threads of the process: by the received
  // descriptor (platform/thread_limit.hpp); without one, by counting them. Returns whether there
  // was one.
  bool limit_threads();

  // Terminates the process and waits for it. Returns its status as waitpid(2) does, also when
  // called again.
  int terminate();

 private:
  base::Result<void> wait_for(short event, RunningCall& call);
  std::chrono::milliseconds time_left(const RunningCall& call);
  bool receive();
  std::string reap();

  SpawnedWorker worker_;
  const std::string plugin_path_;
  const base::Cancellation& cancellation_;
  PluginOutput output_;
  channel::FrameDecoder decoder_{channel::kWorkerFrameLimit};
  std::optional<std::chrono::steady_clock::time_point> cancel_by_;
  bool takes_descriptor_ = false;
  bool crashed_ = false;
  platform::UniqueFd descriptor_;
  bool counts_threads_ = false;
  std::unique_ptr<platform::ThreadLimit> threads_;
};

}  // namespace berth::flavor
