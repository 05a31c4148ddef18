// Progress: receives the progress of a push, for a terminal or a program.
#pragma once

#include <cstdint>

#include "http/retry_event.hpp"
#include "push/blob_result.hpp"
#include "push/plan.hpp"

namespace berth::push {

// Its functions are called from any thread, several at a time, and never after push() returned.
// They must not block: uploads wait for them.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;
  // Called once, before the first request.
  virtual void begin(const Plan& plan) = 0;
  // `bytes` more of `blob` (index into Plan::blobs) were sent. `position` is the progress within
  // PlannedBlob::size: the bytes sent, or for a layer compressed meanwhile, the bytes read.
  virtual void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) = 0;
  // The blob is sent again from its start.
  virtual void restarted(std::size_t blob) = 0;
  // The destination has the blob.
  virtual void done(std::size_t blob, const BlobResult& result) = 0;
  // The blob will not be transferred: the push to its destination failed. Only if several run.
  virtual void dropped(std::size_t /*blob*/) {}
  // A request or an upload failed and will be repeated. Called for every retry of this push.
  virtual void retrying(const http::RetryEvent& /*event*/) {}
};

}  // namespace berth::push
