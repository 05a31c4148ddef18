// ProgressMeter: the figures of a running push: what is done, how fast, how long it will take.
// Not thread-safe; the caller passes the time, so that nothing in it depends on a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/retry_event.hpp"
#include "push/blob_result.hpp"
#include "push/plan.hpp"

namespace berth::cli {

class ProgressMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What is done with a blob.
  enum class Activity {
    reading,  // a layer whose blob exists is verified
    compressing,
    uploading,
    waiting,  // for the destination: all bytes were sent
  };

  // A blob that has begun and is not done. Sizes as in Figures.
  struct ActiveBlob {
    std::string name;  // "layer sha256:ab12…"
    Activity activity = Activity::uploading;
    std::uint64_t position = 0;
    std::uint64_t size = 0;
    std::optional<double> rate;                // bytes per second; std::nullopt: not known yet
    std::optional<std::chrono::seconds> left;  // std::nullopt: not known
  };

  // Figures at one moment. Sizes are in bytes of Plan::total_size: for layers that are compressed
  // meanwhile, of the uncompressed layer.
  struct Figures {
    std::size_t blobs_done = 0;
    std::size_t blobs = 0;
    std::uint64_t position = 0;
    std::uint64_t total = 0;
    std::uint64_t sent = 0;     // bytes sent to the destination, repetitions included
    std::uint64_t reused = 0;   // bytes that the destination had
    std::uint64_t mounted = 0;  // bytes that it mounted from other repositories
    std::vector<ActiveBlob> active = {};
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
  void done(std::size_t blob, const push::BlobResult& result);
  void retrying(const http::RetryEvent& event) { retry_ = event; }

  // Records the current position; rates are measured between samples of the last five seconds.
  void sample(Time now);
  [[nodiscard]] Figures figures(Time now) const;

 private:
  struct Blob {
    std::string name;
    bool compressed = false;  // while it is uploaded
    std::uint64_t size = 0;
    std::uint64_t position = 0;
    bool done = false;
    bool dropped = false;
    bool begun = false;
    bool reading = false;       // the last bytes were read, and not sent
    std::uint64_t sampled = 0;  // position at the last sample
    double rate = 0;            // smoothed
  };
  [[nodiscard]] static ActiveBlob active(const Blob& blob);
  struct Sample {
    Time time;
    std::uint64_t processed;
  };

  std::vector<Blob> blobs_;
  std::uint64_t processed_ = 0;  // sum of all advances of positions, of skipped blobs not
  std::uint64_t sent_ = 0;
  std::uint64_t reused_ = 0;
  std::uint64_t mounted_ = 0;
  Time last_byte_;
  std::deque<Sample> samples_;
  std::optional<http::RetryEvent> retry_;
};

// "2 of 5 blobs, 184.0 of 400.0 MiB, 92.0 MiB/s, 3 s left"
std::string describe(const ProgressMeter::Figures& figures);

// "layer sha256:ab12…: compressing, 45.2 of 196.0 MiB, 30.1 MiB/s, 5 s left"
std::string describe(const ProgressMeter::ActiveBlob& blob);
// "compressing"
std::string_view activity_name(ProgressMeter::Activity activity);

// "12.3 MiB"
std::string human_size(std::uint64_t bytes);
// "45 s", "3 min 20 s", "2 h 5 min"
std::string human_duration(std::chrono::seconds duration);

}  // namespace berth::cli
