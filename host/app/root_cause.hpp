// The error to report after a cancellation.
#pragma once

#include "base/cancellation.hpp"
#include "base/error.hpp"

namespace berth::app {

// Whatever fails after a signal or the overall timeout fails because of it: returns the error of
// the cancellation, with `error` as its cause. Returns `error` if nothing was cancelled, if it
// reports the cancellation itself, or if it is of class integrity.
base::Error root_cause(const base::Cancellation& cancellation, const base::Error& error);

}  // namespace berth::app
