#include "http/stall_watch.hpp"

#include <fmt/format.h>
#include <sys/select.h>

#include <algorithm>

#include "http/curl_library.hpp"
#include "platform/socket.hpp"

namespace berth::http {
namespace {

using std::chrono::milliseconds;

// Returns the number of bytes that the peer has not acknowledged, on the only active connection of
// `multi`. CURLINFO_ACTIVESOCKET is not set while a transfer runs.
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

void StallWatch::exclude_since(Clock::time_point begin) {
  touch();
  own_time_ += last_progress_ - begin;
}

milliseconds StallWatch::quiet_limit(bool body_sent) const {
  return body_sent && request_.response_timeout ? *request_.response_timeout : limits_.idle;
}

milliseconds StallWatch::time_left(bool body_sent) const {
  return quiet_limit(body_sent) -
         std::chrono::duration_cast<milliseconds>(Clock::now() - last_progress_);
}

bool StallWatch::is_stalled(CURLM* multi, const TransferCounts& counts) {
  const auto now = Clock::now();
  touch_if_acknowledged(multi, counts.body_sent);
  const bool in_memory = request_.sink == nullptr;
  if (response_began_ && in_memory && now - *response_began_ >= limits_.answer)
    stall_ = Stall::endless;
  else if (now - last_progress_ >= quiet_limit(counts.body_sent))
    stall_ = Stall::quiet;
  else if (is_trickling(now, counts))
    stall_ = Stall::trickle;
  return stall_ != Stall::none;
}

// Returns whether a body, in either direction, was slower than Limits::min_rate for Limits::idle.
// While the peer has the whole request and the response has not begun, nothing is transferred:
// other limits apply then.
bool StallWatch::is_trickling(Clock::time_point now, const TransferCounts& counts) {
  const auto moved = counts.up - unacknowledged_ + counts.down;
  const bool awaits = awaits_response(counts.body_sent);
  const bool is_waiting = awaits && unacknowledged_ == 0;
  const bool drains = awaits && !is_waiting;
  const auto active = now - window_.begin - (own_time_ - window_.own_time);
  if (!is_waiting && drains == window_.drains && active < limits_.idle) return false;
  const auto least = static_cast<std::int64_t>(limits_.min_rate) * limits_.idle.count() / 1000;
  const bool slow = !is_waiting && drains == window_.drains && moved - window_.moved < least;
  window_ = {now, own_time_, moved, drains};
  return slow;
}

// On a slow line the kernel may hold the end of the body for longer than a response may take: the
// timeout starts when the peer has acknowledged it. Through a proxy, when the proxy has.
void StallWatch::touch_if_acknowledged(CURLM* multi, bool body_sent) {
  if (!awaits_response(body_sent)) return;
  const int queued = send_queue(multi);
  if (queued < unacknowledged_) touch();
  unacknowledged_ = queued;
}

std::optional<TransportFailure> StallWatch::failure(const std::string& host, bool body_sent) const {
  if (stall_ == Stall::none) return std::nullopt;
  const auto quiet = quiet_limit(body_sent).count();
  int attempts = std::min(limits_.attempts, limits_.stall_attempts);
  auto failed = [&](std::string message, std::string cause) {
    return TransportFailure{base::Error(base::ErrorClass::stall, "http.stall", std::move(message))
                                .cause(std::move(cause)),
                            attempts};
  };
  // A peer that takes so long to send a response will do so again.
  if (stall_ == Stall::endless) {
    attempts = 1;
    return failed(host + " timed out", fmt::format("its response did not end within {} s",
                                                   limits_.answer.count() / 1000));
  }
  if (stall_ == Stall::trickle)
    return failed(host + " timed out", fmt::format("less than {} bytes/s over {} s",
                                                   limits_.min_rate, limits_.idle.count() / 1000));
  if (response_began_)
    return failed(host + " timed out", fmt::format("its response stopped for {} ms", quiet));
  if (!body_sent)
    return failed(host + " timed out", fmt::format("it read nothing for {} ms", quiet));
  return failed("no response from " + host, fmt::format("no byte in {} ms", quiet));
}

}  // namespace berth::http
