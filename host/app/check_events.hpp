// CheckEvents: what a check reports while it runs.
#pragma once

#include <span>

#include "app/destination_report.hpp"
#include "app/events.hpp"

namespace berth::app {

class CheckEvents : public Events {
 public:
  // The destinations were resolved: which container registries and flavors were chosen, and why. At
  // most once.
  virtual void resolved(std::span<const ResolvedDestination> destinations) = 0;
  // A flavor, the source or the host found something. Called from one thread at a time.
  virtual void finding(const flavor::Finding& finding) = 0;
  // The destination's push or check failed: `report.error` is set. Called from one thread at a
  // time.
  virtual void failed(const DestinationReport& report) = 0;
};

}  // namespace berth::app
