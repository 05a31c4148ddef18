// HostCall: implements berth_call for the plugin, and sends its requests to the host.
// One object for the lifetime of the worker, because a plugin may keep the pointers. Outside of a
// call, and on any thread other than the one that created it, service functions return
// BERTH_STATUS_REFUSED, query() and last_error() return NULL, log(), set_fix() and set_cause() do
// nothing, and report() is a contract violation.
// While the plugin waits for a response, the host may start another call, which is nested in the
// first and has its own services.
#pragma once

#include <berth/abi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/json_value.hpp"
#include "channel/frame.hpp"
#include "channel/protocol.hpp"

namespace berth::worker {

class HostCall {
 public:
  // Returns the function table of a service; nullptr if `id` is unknown. The functions' context is
  // this object.
  using FindService = const void* (*)(std::string_view id);

  // `decoder` must outlive this object.
  HostCall(int channel, channel::FrameDecoder& decoder, FindService find_service);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  // What the plugin may use during a call.
  struct Rights {
    std::vector<std::string> services{};  // named by the host for this call
    bool findings = false;
  };
  // Handles a request of the host that arrives while the plugin waits for a response; returns the
  // response.
  using Serve = std::function<base::Json(const base::Json& request)>;

  // Sets the handler. It must remain valid during every call.
  void serve_while_waiting(Serve serve) { serve_ = std::move(serve); }
  // Starts a call and returns the berth_call for the plugin. Each begin() requires an end().
  const berth_call* begin(Rights rights);
  // The result of a finished call.
  struct Ended {
    const char* violation;    // how the plugin violated the contract in it; nullptr if it did not
    std::string fix{};        // what the plugin passed to set_fix(); empty if nothing
    std::uint64_t cause = 0;  // what the plugin passed to set_cause(); 0 if nothing
  };
  // Ends the innermost call.
  Ended end();
  // The number of running calls: 0, 1, or 2 for a nested call.
  [[nodiscard]] std::size_t depth() const { return calls_.size(); }

  // Sends a request of the plugin and blocks until the host's response arrives. Passes the response
  // to `take` and returns BERTH_STATUS_OK; or writes a message to `error` and returns another
  // status. Returns BERTH_STATUS_REFUSED if the request exceeds its limits, outside of a call and
  // on other threads. Exits the process if the connection is closed.
  template <class Call, class Take>
  std::int32_t request(const typename Call::Request& request, const berth_sink* error, Take&& take);
  // Does not send a request: writes `message` to `error` and returns BERTH_STATUS_REFUSED.
  std::int32_t refuse(std::string message, const berth_sink* error) {
    return fail({.message = std::move(message)}, error);
  }
  // Returns the object behind the `context` that a plugin passes to a function.
  static HostCall& of(void* context) { return *static_cast<HostCall*>(context); }

 private:
  // Whether the plugin may call the host now: during a call and on its thread. `calls_` is read
  // only on that thread.
  [[nodiscard]] bool allowed() const;
  void send(const base::Json& frame) const;
  base::Json exchange(std::string_view method, base::Json params);
  std::int32_t fail(channel::ServiceError failure, const berth_sink* error);

  static void log(void* context, berth_string text) noexcept;
  static std::int64_t now(void* context) noexcept;
  static std::int32_t cancelled(void* context) noexcept;
  static void report(void* context, const berth_finding* finding) noexcept;
  static const void* query(void* context, berth_string id) noexcept;
  static void set_fix(void* context, berth_string fix) noexcept;
  static const berth_error* last_error(void* context) noexcept;
  static void set_cause(void* context, std::uint64_t id) noexcept;

  int channel_;
  channel::FrameDecoder& decoder_;
  FindService find_service_;
  Serve serve_;
  struct Running {
    Rights rights{};
    std::string fix{};
    std::uint64_t cause = 0;
    channel::ServiceError last{};  // of the last request; id 0 if it did not fail
    berth_error error{};           // points into `last`
  };
  std::vector<Running> calls_;
  std::uint64_t requests_ = 0;
  const std::thread::id thread_;
  std::atomic<const char*> violation_{nullptr};
  const berth_call call_;
};

template <class Call, class Take>
std::int32_t HostCall::request(const typename Call::Request& request, const berth_sink* error,
                               Take&& take) {
  if (!allowed())
    return refuse("services may be called only during a call and from its thread", error);
  if (auto wrong = channel::check_limits(request); !wrong.empty())
    return refuse(std::move(wrong), error);
  if (auto wrong = channel::check_strings(request); !wrong.empty())
    return refuse(std::move(wrong), error);
  const auto frame = exchange(Call::kInfo.method, channel::encode(request));
  auto outcome = channel::decode_response<typename Call::Response, channel::ServiceError>(frame);
  if (!outcome)
    return fail({.status = BERTH_STATUS_FAILED,
                 .message = "the response is malformed: " + outcome.error().cause()},
                error);
  if (auto* failure = std::get_if<1>(&*outcome)) return fail(std::move(*failure), error);
  calls_.back().last = {};
  take(*std::get_if<0>(&*outcome));
  return BERTH_STATUS_OK;
}

}  // namespace berth::worker
