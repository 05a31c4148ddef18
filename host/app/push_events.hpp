// PushEvents: what a push reports while it runs. The terminal implements it, and so do tests.
#pragma once

#include <string>

#include "app/check_events.hpp"
#include "push/progress.hpp"
#include "push/push.hpp"

namespace berth::app {

// Safe from any thread, except where CheckEvents permits otherwise.
class PushEvents : public CheckEvents, public push::Progress {
 public:
  // A step that precedes the upload has begun ("reading app.tar").
  virtual void stage(std::string text) = 0;
  // The stage, or the upload, has ended.
  virtual void pause() = 0;
  // The push to one destination has succeeded.
  virtual void finished(const push::Report& report, double seconds) = 0;
};

}  // namespace berth::app
