// PushEvents: what a push reports while it runs. The terminal implements it, and so do tests.
#pragma once

#include <span>
#include <string>

#include "app/check_events.hpp"
#include "push/progress.hpp"
#include "push/push.hpp"

namespace berth::app {

// Safe from any thread, except where CheckEvents permits otherwise.
class PushEvents : public CheckEvents, public push::Progress {
 public:
  // Instead of begin(): pushes to several destinations begin in parallel. Each has the blobs of
  // `plan`: blob `i` of destination `d` has the index d * plan.blobs.size() + i.
  virtual void begin_all(const push::Plan& plan, std::span<const std::string> references) {
    push::Plan all = plan;
    for (std::size_t i = 1; i < references.size(); ++i) {
      all.blobs.insert(all.blobs.end(), plan.blobs.begin(), plan.blobs.end());
      all.total_size += plan.total_size;
    }
    begin(all);
  }
  // A step that precedes the upload has begun ("reading app.tar").
  virtual void stage(std::string text) = 0;
  // The stage, or the upload, has ended.
  virtual void pause() = 0;
  // The push to one destination has succeeded.
  virtual void finished(const push::Report& report, double seconds) = 0;
};

}  // namespace berth::app
