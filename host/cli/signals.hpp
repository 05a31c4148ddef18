// SIGINT, SIGTERM and SIGALRM (the limit of --timeout) request cancellation.
#pragma once

#include <chrono>

#include "base/cancellation.hpp"

namespace berth::cli {

// What berth does after a signal takes less than a second: cancelling uploads, ending a plugin.
inline constexpr std::chrono::seconds kSignalGrace{10};

// Installs the handlers, and ignores SIGPIPE. `cancellation` must live as long as the process. A
// process that has not ended `grace` after the first signal, because something does not look at the
// cancellation, is ended with the exit status of that signal: temporary files have no names, and a
// plugin's process ends with berth.
void install_signal_handlers(base::Cancellation& cancellation,
                             std::chrono::seconds grace = kSignalGrace);

}  // namespace berth::cli
