// FanOut: what pushes of one image to several destinations share while they run in parallel. Each
// blob is read, verified and compressed once: every destination gets the same bytes through a
// window in memory, which the slowest one empties. A destination that reads a blob from its start
// again, or reads nothing of it for Limits::stall while another one waits, reads that blob by
// itself from then on (FanOutStream). Encoders are deterministic, so it gets the same bytes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/cancellation.hpp"
#include "image/compression_pool.hpp"
#include "push/form_agreement.hpp"
#include "push/shared_blob.hpp"

namespace berth::push {

struct FanOutLimits {
  std::size_t memory = std::size_t{6} << 20U;   // of all windows, in bytes
  std::size_t piece = std::size_t{256} << 10U;  // of a window
  std::chrono::milliseconds stall{10'000};
  // How long a destination that transfers nothing delays the tags of the others.
  std::chrono::milliseconds patience{15'000};
};

// One blob of one destination.
struct SharedPlace {
  std::size_t blob = 0;         // index into Plan::blobs
  std::size_t destination = 0;  // from 0
};

// Opens a stream of a blob, from its start. Called from any thread, possibly after the push that
// passed it has ended: references in it must outlive the FanOut.
using OpenBlob = std::function<base::Result<std::unique_ptr<image::LayerStream>>()>;

// Thread-safe. The plans of all destinations have the same blobs, in one order. They must transfer
// them in one order, too: another one costs waits of up to 2 * FanOutLimits::stall.
class FanOut {
 public:
  // `cancellation` must outlive this object.
  FanOut(std::size_t destinations, std::size_t blobs, const base::Cancellation& cancellation,
         FanOutLimits limits = {});
  ~FanOut();
  FanOut(const FanOut&) = delete;
  FanOut& operator=(const FanOut&) = delete;

  [[nodiscard]] std::size_t destinations() const { return destinations_.size(); }
  [[nodiscard]] image::CompressionPool& pool() { return pool_; }

  // The destination begins to transfer the blob. Call it before a read(), in the order of transfer.
  void enter(const SharedPlace& place);
  // The destination does not read the shared bytes of the blob any more.
  void leave(const SharedPlace& place);
  // The same for all blobs.
  void leave_all(std::size_t destination);
  // Fails all reads of the destination, and its waits: code "push.stopped".
  void stop(std::size_t destination);
  // The destination's push has ended; the others do not wait for it.
  void end(std::size_t destination);

  struct Piece {
    std::size_t count = 0;  // 0: the blob has ended
    std::uint64_t source_position = 0;
    std::optional<CompressedBlob> result = {};  // set at the end
  };
  // Reads the next shared bytes of the blob. Waits until they are produced, or produces them.
  // std::nullopt: the destination has to read the blob by itself. Errors of the stream; those of
  // check().
  base::Result<std::optional<Piece>> read(const SharedPlace& place, const OpenBlob& open,
                                          std::span<std::byte> buffer);
  // Fails once the command was cancelled, or the destination was stopped.
  base::Result<void> check(std::size_t destination);
  // Records that the destination transfers bytes.
  void touch(std::size_t destination);

  // Calls `verify` for the blob, unless its bytes were verified for another destination. Waits
  // while that is under way.
  base::Result<void> verify_once(const SharedPlace& place,
                                 const std::function<base::Result<void>()>& verify);

  // FormAgreement::agree() of the destination.
  base::Result<std::optional<ManifestForm>> agree_on_form(std::size_t destination,
                                                          ManifestForm preferred,
                                                          const FormAgreement::Offer& offer);

 private:
  using Clock = SharedBlob::Clock;
  using Lock = std::unique_lock<std::mutex>;
  using Bytes = std::shared_ptr<std::vector<std::byte>>;
  using Streams = std::vector<std::unique_ptr<image::LayerStream>>;
  struct Destination {
    bool stopped = false;
    Clock::time_point last_active = Clock::now();
  };
  struct Produced;

  base::Result<void> check_locked(std::size_t destination) const;
  [[nodiscard]] bool has_room(const SharedBlob& blob) const;
  Piece copy(Lock& lock, const SharedPlace& place, std::span<std::byte> buffer);
  void produce(Lock& lock, SharedBlob& blob, const OpenBlob& open);
  static Produced fill(std::unique_ptr<image::LayerStream> producer, const OpenBlob& open,
                       std::vector<std::byte>& bytes);
  void store(SharedBlob& blob, Produced& produced, Bytes bytes);
  void trim(SharedBlob& blob);
  void leave_locked(SharedBlob& blob, std::size_t destination);
  void wait(Lock& lock);
  void detach_stalled();
  Bytes spare_piece();

  const base::Cancellation& cancellation_;
  const FanOutLimits limits_;
  image::CompressionPool pool_;
  FormAgreement agreement_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Destination> destinations_;
  std::vector<SharedBlob> blobs_;
  std::map<std::size_t, SharedBlob*> open_;  // blobs that are read, by rank
  std::size_t next_rank_ = 0;
  std::size_t used_ = 0;      // memory of all windows, and of pieces that are produced
  std::vector<Bytes> spare_;  // their memory is reused
  Streams discarded_;         // destroyed without the lock: that may wait
};

// One of the destinations.
struct FanOutMember {
  FanOut& fan_out;
  std::size_t destination = 0;

  [[nodiscard]] SharedPlace place(std::size_t blob) const { return {blob, destination}; }
};

// The transfer of one blob to a destination, from FanOut::enter() to FanOut::leave().
class FanOutTurn {
 public:
  // Does nothing without a member.
  FanOutTurn(const FanOutMember* member, std::size_t blob) : member_(member), blob_(blob) {
    if (member_ != nullptr) member_->fan_out.enter(member_->place(blob_));
  }
  ~FanOutTurn() {
    if (member_ != nullptr) member_->fan_out.leave(member_->place(blob_));
  }
  FanOutTurn(const FanOutTurn&) = delete;
  FanOutTurn& operator=(const FanOutTurn&) = delete;

 private:
  const FanOutMember* member_;
  std::size_t blob_;
};

}  // namespace berth::push
