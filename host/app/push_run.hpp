// The push of one image to several destinations.
#pragma once

#include <memory>
#include <vector>

#include "app/parallel_events.hpp"
#include "app/push_operation.hpp"

namespace berth::app {

using PushOperations = std::vector<std::unique_ptr<PushOperation>>;

struct ImageToPush {
  push::PushSource& source;
  push::ManifestForm form;  // of a manifest that berth creates
};

// Stores the result of each operation in the outcome of the same index, and closes the operations
// that succeed. With several, all are checked in parallel before the first upload, and then pushed
// to in parallel. `events` are those of the operations.
void run_pushes(const App& app, PushOperations& operations, const ImageToPush& image,
                ParallelEvents& events, std::vector<PushOutcome>& outcomes);

}  // namespace berth::app
