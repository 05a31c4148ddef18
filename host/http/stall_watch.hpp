// StallWatch: decides when a transfer has taken too long: no progress, too slow, a response without
// end.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "http/client_options.hpp"
#include "http/message.hpp"
#include "http/transport_facts.hpp"

namespace berth::http {

// What was transferred so far.
struct TransferCounts {
  std::int64_t up = 0;     // bytes of the request's body
  std::int64_t down = 0;   // bytes of the response, with its headers
  bool body_sent = false;  // the request's source was read to its end
};

// Used by one thread. Starts when it is constructed.
class StallWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // References must outlive the watch.
  StallWatch(const Limits& limits, const Request& request) : limits_(limits), request_(request) {}

  // Records progress: bytes were transferred.
  void touch() { last_progress_ = Clock::now(); }
  // Records that the request's source or sink was in use since `begin`: that time does not count.
  void exclude_since(Clock::time_point begin);
  // Records that the response begins.
  void begin_response() { response_began_ = Clock::now(); }
  [[nodiscard]] bool has_response() const { return response_began_.has_value(); }
  [[nodiscard]] Clock::time_point started() const { return started_; }

  // Returns whether the transfer is to be ended. `multi`: the handle of its connection.
  bool is_stalled(CURLM* multi, const TransferCounts& counts);
  // Returns how long it may take at most until is_stalled() has to be called again.
  [[nodiscard]] std::chrono::milliseconds time_left(bool body_sent) const;
  // Returns the failure once is_stalled() was true; std::nullopt before. Class stall, code
  // "http.stall".
  [[nodiscard]] std::optional<TransportFailure> failure(const std::string& host,
                                                        bool body_sent) const;

 private:
  enum class Stall { none, quiet, trickle, endless };

  [[nodiscard]] std::chrono::milliseconds quiet_limit(bool body_sent) const;
  [[nodiscard]] bool awaits_response(bool body_sent) const { return body_sent && !response_began_; }
  bool is_trickling(Clock::time_point now, const TransferCounts& counts);
  void touch_if_acknowledged(CURLM* multi, bool body_sent);

  const Limits& limits_;
  const Request& request_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_progress_ = started_;
  std::optional<Clock::time_point> response_began_;
  Clock::duration own_time_{0};  // spent in the source and the sink
  // The window over which Limits::min_rate is averaged.
  struct Window {
    Clock::time_point begin;
    Clock::duration own_time{0};  // own_time_ at its begin
    std::int64_t moved = 0;  // bytes transferred at its begin; of those sent, the acknowledged ones
    bool drains = false;     // the body was sent, and the peer has not acknowledged all of it
  } window_{started_, {}, 0, false};
  int unacknowledged_ = 0;  // bytes in the socket's send queue, as last seen
  Stall stall_ = Stall::none;
};

}  // namespace berth::http
