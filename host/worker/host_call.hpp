// HostCall: what a plugin may ask during a call, carried over the channel. One for the life of the worker, because a
// plugin may keep the pointers: outside of a call, and on any thread but the one that made it, everything is refused.
// While the plugin waits for an answer the host may call it, too: a call within the call, with services of its own.
#pragma once

#include <berth/abi.h>
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "channel/frame.hpp"

namespace berth::worker {

class HostCall {
 public:
  // `decoder` outlives it.
  HostCall(int channel, channel::FrameDecoder& decoder);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  // What a call is allowed.
  struct Rights {
    std::vector<std::string> services;  // those that the host named for it
    bool findings = false;
  };
  // Serves a message that is no answer, to the reply.
  using Serve = std::function<base::Json(const base::Json& message)>;

  // `serve` outlives every call.
  void serve_while_waiting(Serve serve) { serve_ = std::move(serve); }
  // A call begins.
  const berth_call* begin(Rights rights);
  // What is known of a call that is over.
  struct Ended {
    const char* breach;  // how the plugin violated the contract in it; nullptr if it did not
    std::string fix;     // of its error, by set_fix
  };
  Ended end();
  // How many calls are running: 0, or 1, or 2 for a call within a call.
  [[nodiscard]] std::size_t depth() const { return calls_.size(); }

  // What the host answered a question; its body has "error" unless `status` is BERTH_STATUS_OK.
  struct Answer {
    std::int32_t status = BERTH_STATUS_FAILED;
    base::Json body;
  };
  // Asks the host, and waits. Refused outside of a call, and on other threads.
  Answer ask(const base::Json& question);
  // The one behind a `context` that a plugin gives back.
  static HostCall& of(void* context) { return *static_cast<HostCall*>(context); }

 private:
  // `calls_` is looked at on that thread alone.
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
  const pid_t thread_;
  std::atomic<const char*> breach_{nullptr};
  const berth_call call_;
};

}  // namespace berth::worker
