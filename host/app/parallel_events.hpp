// ParallelEvents: what pushes to several destinations report while they run in parallel, merged for
// one receiver: the progress of all is that of one upload, and calls that the receiver expects from
// one thread at a time are made so.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/push_events.hpp"

namespace berth::app {

class ParallelEvents {
 public:
  // `events` must outlive this object.
  ParallelEvents(PushEvents& events, std::size_t destinations);
  ~ParallelEvents();
  ParallelEvents(const ParallelEvents&) = delete;
  ParallelEvents& operator=(const ParallelEvents&) = delete;

  // The events of one destination. Safe from any thread.
  [[nodiscard]] PushEvents& of(std::size_t destination);
  // Of all destinations.
  [[nodiscard]] PushEvents& all() { return events_; }

  // The pushes to `destinations` begin. All have the blobs of `plan`. `references`: in the same
  // order. Until end(), stages of single destinations are not reported.
  void begin(const push::Plan& plan, const std::vector<std::size_t>& destinations,
             std::vector<std::string> references);
  // Reports the destinations that were pushed to.
  void end();

 private:
  class One;
  friend class One;

  PushEvents& events_;
  std::mutex mutex_;  // calls of events_ that must not overlap
  std::vector<std::unique_ptr<One>> destinations_;
};

}  // namespace berth::app
