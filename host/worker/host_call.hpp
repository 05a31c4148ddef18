// HostCall: implements berth_call and the services for the plugin, over the channel to the host.
// One object for the lifetime of the worker, because a plugin may keep the pointers. Outside of a
// call, and on any thread other than the one that created it, service functions return
// BERTH_STATUS_REFUSED, query() returns NULL, log() and set_fix() do nothing, and report() is a
// contract violation.
// While the plugin waits for a response, the host may start another call, which is nested in the
// first and has its own services.
#pragma once

#include <berth/abi.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "channel/frame.hpp"

namespace berth::worker {

class HostCall {
 public:
  // `decoder` must outlive this object.
  HostCall(int channel, channel::FrameDecoder& decoder);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  // What the plugin may use during a call.
  struct Rights {
    std::vector<std::string> services;  // named by the host for this call
    bool findings = false;
  };
  // Handles a request of the host that arrives while the plugin waits for a response; returns the
  // reply.
  using Serve = std::function<base::Json(const base::Json& message)>;

  // Sets the handler. It must remain valid during every call.
  void serve_while_waiting(Serve serve) { serve_ = std::move(serve); }
  // Starts a call and returns the berth_call for the plugin. Each begin() requires an end().
  const berth_call* begin(Rights rights);
  // The result of a finished call.
  struct Ended {
    const char* breach;  // how the plugin violated the contract in it; nullptr if it did not
    std::string fix;     // the fix that the plugin set with set_fix(); empty if none
  };
  // Ends the innermost call.
  Ended end();
  // The number of running calls: 0, 1, or 2 for a nested call.
  [[nodiscard]] std::size_t depth() const { return calls_.size(); }

  // The host's response to a request: the results, or the member "error" with a message.
  struct Answer {
    std::int32_t status = BERTH_STATUS_FAILED;
    base::Json body;
  };
  // Sends a request to the host and blocks until the response arrives. Exits the process if the
  // connection is closed. Status BERTH_STATUS_REFUSED outside of a call and on other threads.
  Answer ask(const base::Json& question);
  // Returns the object behind the `context` that a plugin passes to a function.
  static HostCall& of(void* context) { return *static_cast<HostCall*>(context); }

 private:
  // Whether the plugin may call the host now: during a call and on its thread. `calls_` is read
  // only on that thread.
  [[nodiscard]] bool allowed() const;
  void tell(const base::Json& message) const;
  std::int32_t ask_for_text(const base::Json& question, const char* key, const berth_sink* result,
                            const berth_sink* error);

  static void log(void* context, berth_string text) noexcept;
  static std::int64_t now(void* context) noexcept;
  static std::int32_t cancelled(void* context) noexcept;
  static void report(void* context, const berth_finding* finding) noexcept;
  static const void* query(void* context, berth_string id) noexcept;
  static void set_fix(void* context, berth_string fix) noexcept;
  static std::int32_t registry_probe(void* context, const berth_sink* error) noexcept;
  static std::int32_t registry_manifest(void* context, berth_string repository, berth_string reference,
                                        const berth_sink* digest, const berth_sink* error) noexcept;
  static std::int32_t registry_blob(void* context, berth_string repository, berth_string digest, std::uint64_t* bytes,
                                    const berth_sink* error) noexcept;
  static std::int32_t registry_granted(void* context, berth_string repository, berth_string actions,
                                       std::int32_t has_side_effects, const berth_sink* granted,
                                       const berth_sink* error) noexcept;
  static std::int32_t registry_upload(void* context, berth_string repository, std::int32_t has_side_effects,
                                      const berth_sink* error) noexcept;
  static std::int32_t registry_ask(void* context, berth_string method, berth_string path, berth_string scope,
                                   std::int32_t anonymous, std::int32_t* status, const berth_sink* head,
                                   const berth_sink* body, const berth_sink* error) noexcept;
  static std::int32_t registry_side_effects_allowed(void* context) noexcept;
  static std::int32_t registry_account(void* context, const berth_sink* username, const berth_sink* source,
                                       const berth_sink* error) noexcept;
  static const berth_registry_1& registry_service();
  static std::int32_t push(void* context, const berth_sink* digest, const berth_sink* error) noexcept;

  int channel_;
  channel::FrameDecoder& decoder_;
  Serve serve_;
  struct Running {
    Rights rights;
    std::string fix;
  };
  std::vector<Running> calls_;
  const std::thread::id thread_;
  std::atomic<const char*> breach_{nullptr};
  const berth_call call_;
};

}  // namespace berth::worker
