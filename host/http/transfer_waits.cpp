// Timeouts of a transfer: idle, too slow, cancelled.
#include <fmt/format.h>
#include <sys/select.h>

#include <algorithm>

#include "http/transfer.hpp"
#include "platform/socket.hpp"

namespace berth::http {

using std::chrono::milliseconds;

namespace {

// Returns the number of bytes that the peer has not acknowledged, on the only active connection of `multi`.
// CURLINFO_ACTIVESOCKET is not set while a transfer runs.
int send_queue(CURLM* multi) {
  fd_set reading;
  fd_set writing;
  fd_set failing;
  FD_ZERO(&reading);
  FD_ZERO(&writing);
  FD_ZERO(&failing);
  int last = -1;
  if (curl().multi_fdset(multi, &reading, &writing, &failing, &last) != CURLM_OK) return 0;
  for (int fd = 0; fd <= last; ++fd)
    if (FD_ISSET(fd, &reading))
      if (const auto queued = platform::unacknowledged_bytes(fd)) return static_cast<int>(*queued);
  return 0;
}

}  // namespace

milliseconds Transfer::quiet_limit() const {
  return body_sent_ && request_.response_timeout ? *request_.response_timeout : options_.limits.idle;
}

bool Transfer::stop_early() {
  const auto now = Clock::now();
  if (cancellation_.requested()) {
    if (!cancelled_) cancelled_ = now;
    return now - *cancelled_ >= request_.cancel_grace;
  }
  touch_if_acknowledged();
  const bool in_memory = request_.sink == nullptr;
  if (answer_began_ && in_memory && now - *answer_began_ >= options_.limits.answer)
    stall_ = Stall::endless;
  else if (now - last_progress_ >= quiet_limit())
    stall_ = Stall::quiet;
  else if (is_trickling(now))
    stall_ = Stall::trickle;
  return stall_ != Stall::none;
}

// Returns whether a body, in either direction, was slower than Limits::min_rate for Limits::idle. While the peer has
// the whole request and the response has not begun, nothing is transferred: other limits apply then.
bool Transfer::is_trickling(Clock::time_point now) {
  const auto& limits = options_.limits;
  const auto up = static_cast<std::int64_t>(up_) - unacknowledged_;
  const auto moved = up + static_cast<std::int64_t>(down_) + static_cast<std::int64_t>(header_bytes_);
  const bool is_waiting = awaits_response() && unacknowledged_ == 0;
  const bool drains = awaits_response() && !is_waiting;
  const auto active = now - window_.begin - (own_time_ - window_.own_time);
  if (!is_waiting && drains == window_.drains && active < limits.idle) return false;
  const auto least = static_cast<std::int64_t>(limits.min_rate) * limits.idle.count() / 1000;
  const bool slow = !is_waiting && drains == window_.drains && moved - window_.moved < least;
  window_ = {now, own_time_, moved, drains};
  return slow;
}

// On a slow line the kernel may hold the end of the body for longer than a response may take: the timeout starts when
// the peer has acknowledged it. Through a proxy, when the proxy has.
void Transfer::touch_if_acknowledged() {
  if (!awaits_response()) return;
  const int queued = send_queue(multi_);
  if (queued < unacknowledged_) touch();
  unacknowledged_ = queued;
}

TransportFailure Transfer::stalled() const {
  const auto& host = hop_.origin.host();
  const auto quiet = quiet_limit().count();
  int attempts = std::min(options_.limits.attempts, options_.limits.stall_attempts);
  auto failed = [&](std::string message, std::string cause) {
    return TransportFailure{
        base::Error(base::ErrorClass::stall, "http.stall", std::move(message)).cause(std::move(cause)), attempts};
  };
  // A peer that takes so long to send a response will do so again.
  if (stall_ == Stall::endless) {
    attempts = 1;
    return failed(host + " timed out",
                  fmt::format("its response did not end within {} s", options_.limits.answer.count() / 1000));
  }
  if (stall_ == Stall::trickle)
    return failed(host + " timed out", fmt::format("less than {} bytes/s over {} s", options_.limits.min_rate,
                                                   options_.limits.idle.count() / 1000));
  if (answer_began_) return failed(host + " timed out", fmt::format("its response stopped for {} ms", quiet));
  if (!body_sent_) return failed(host + " timed out", fmt::format("it read nothing for {} ms", quiet));
  return failed("no response from " + host, fmt::format("no byte in {} ms", quiet));
}

}  // namespace berth::http
