// WorkerProcess: one berth-flavor-worker, and the talk with it. Owns the process; destroying it ends the process.
// Calls may come from any thread, and have their turns; the one exception is a call made while another waits for an
// answer and is open to that. Whatever the plugin does to its process becomes an Error of class plugin that names the
// plugin, the call and the cause; calls that come later have the same error.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

class WorkerProcess {
 public:
  // Answers one question of the plugin ({"ask": …}); the time it takes is not the plugin's. An error ends the call.
  using Ask = std::function<base::Result<base::Json>(const base::Json& question)>;
  // Takes one notice ({"tell": …}).
  using Tell = std::function<void(const base::Json& notice)>;

  // `program` is berth-flavor-worker; `plugin` a sealed copy of `plugin_path`, which is for errors alone.
  static base::Result<WorkerProcess> start(const std::string& program, const base::UniqueFd& plugin,
                                           std::string plugin_path, const base::Cancellation& cancellation,
                                           base::Log& log);
  WorkerProcess(WorkerProcess&&) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) noexcept;
  ~WorkerProcess();

  // Whether the worker may be called while this call's `ask` finds an answer: nested in it, one at a time.
  enum class Meanwhile { closed, open };

  // What this machine offers to contain the process. Known before the plugin is loaded.
  struct Sandbox {
    bool no_new_privileges = false;
    bool landlock = false;
    bool seccomp = false;
    bool threads = false;  // the kernel asks the host about each new thread; else the host counts them during calls
    // The part without which a malicious plugin is not contained, or the empty string.
    [[nodiscard]] std::string_view missing() const {
      if (!seccomp) return "seccomp";
      return !landlock ? "Landlock" : (no_new_privileges ? "" : "no_new_privs");
    }
  };

  // The first call: the process gives up what a plugin must not reach. From then on its threads are bounded
  // (thread_limit.hpp); a process with more is killed, code "plugin.too-many-threads".
  base::Result<Sandbox> enter_sandbox(std::chrono::milliseconds limit);

  // One call, to its reply. `call` names it in errors ("prepare_image_push"); `limit` is the plugin's own time. `ask`
  // and `tell` run on the caller's thread.
  base::Result<base::Json> call(std::string_view call, base::Json message, std::chrono::milliseconds limit,
                                const Ask& ask, const Tell& tell, Meanwhile meanwhile = Meanwhile::closed);

 private:
  struct State;
  explicit WorkerProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::flavor
