// ProgressMeter: the figures of a running push: what is done, how fast, how long it will take.
// Not thread-safe; the caller passes the time, so that nothing in it depends on a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "http/retry_event.hpp"
#include "push/plan.hpp"

namespace berth::cli {

class ProgressMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Figures at one moment. Sizes are in bytes of Plan::total_size: for layers that are compressed
  // meanwhile, of the uncompressed layer.
  struct Figures {
    std::size_t blobs_done = 0;
    std::size_t blobs = 0;
    std::uint64_t position = 0;
    std::uint64_t total = 0;
    std::uint64_t sent = 0;      // bytes sent to the destination, repetitions included
    std::optional<double> rate;  // bytes per second of `position`; std::nullopt: not known yet
    std::optional<std::chrono::seconds> left;  // std::nullopt: not known
    std::optional<std::chrono::seconds>
        idle;  // since the last byte, once that is longer than a moment
    std::optional<http::RetryEvent> retry;  // until bytes are sent again
  };

  // `times`: number of destinations, each with the blobs of the plan.
  ProgressMeter(const push::Plan& plan, Time now, std::size_t times = 1);

  // As push::Progress.
  void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position, Time now);
  void restarted(std::size_t blob);
  void done(std::size_t blob);
  void dropped(std::size_t blob);
  void retrying(const http::RetryEvent& event) { retry_ = event; }

  // Records the current position; rates are measured between samples of the last five seconds.
  void sample(Time now);
  [[nodiscard]] Figures figures(Time now) const;

 private:
  struct Blob {
    std::uint64_t size = 0;
    std::uint64_t position = 0;
    bool done = false;
    bool dropped = false;
  };
  struct Sample {
    Time time;
    std::uint64_t processed;
  };

  std::vector<Blob> blobs_;
  std::uint64_t processed_ = 0;  // sum of all advances of positions, of skipped blobs not
  std::uint64_t sent_ = 0;
  Time last_byte_;
  std::deque<Sample> samples_;
  std::optional<http::RetryEvent> retry_;
};

// "2 of 5 blobs, 184.0 of 400.0 MiB, 92.0 MiB/s, 3 s left"
std::string describe(const ProgressMeter::Figures& figures);

// "12.3 MiB"
std::string human_size(std::uint64_t bytes);
// "45 s", "3 min 20 s", "2 h 5 min"
std::string human_duration(std::chrono::seconds duration);

}  // namespace berth::cli
