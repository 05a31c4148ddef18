#include "push/fan_out.hpp"

#include <algorithm>
#include <cstring>

namespace berth::push {
namespace {

using Reading = SharedBlob::Reading;

// How often a wait checks for cancellation and for stalled destinations.
constexpr std::chrono::milliseconds kReadTick{100};

}  // namespace

// What a stream returned.
struct FanOut::Produced {
  std::unique_ptr<image::LayerStream> producer;
  bool ended = false;
  std::optional<base::Error> failure = {};
};

FanOut::FanOut(std::size_t destinations, std::size_t blobs, const base::Cancellation& cancellation,
               FanOutLimits limits)
    : cancellation_(cancellation),
      limits_(limits),
      agreement_(destinations, cancellation,
                 [this](std::size_t destination) {
                   const std::lock_guard lock(mutex_);
                   const auto silent = Clock::now() - destinations_[destination].last_active;
                   return silent < limits_.patience;
                 }),
      destinations_(destinations) {
  for (std::size_t i = 0; i < blobs; ++i) blobs_.emplace_back(destinations);
}

FanOut::~FanOut() = default;

void FanOut::enter(const SharedPlace& place) {
  const std::lock_guard lock(mutex_);
  destinations_[place.destination].last_active = Clock::now();
  auto& blob = blobs_[place.blob];
  if (blob.rank || !blob.has_readers()) return;
  blob.rank = next_rank_++;
  open_.emplace(*blob.rank, &blob);
}

void FanOut::leave(const SharedPlace& place) {
  Streams discarded;
  const std::lock_guard lock(mutex_);
  destinations_[place.destination].last_active = Clock::now();
  leave_locked(blobs_[place.blob], place.destination);
  discarded.swap(discarded_);
}

void FanOut::leave_all(std::size_t destination) {
  Streams discarded;
  const std::lock_guard lock(mutex_);
  for (auto& blob : blobs_) leave_locked(blob, destination);
  discarded.swap(discarded_);
}

void FanOut::stop(std::size_t destination) {
  leave_all(destination);
  const std::lock_guard lock(mutex_);
  destinations_[destination].stopped = true;
  changed_.notify_all();
}

void FanOut::end(std::size_t destination) {
  stop(destination);
  agreement_.leave(destination);
}

void FanOut::touch(std::size_t destination) {
  const std::lock_guard lock(mutex_);
  destinations_[destination].last_active = Clock::now();
}

base::Result<void> FanOut::check(std::size_t destination) {
  const std::lock_guard lock(mutex_);
  return check_locked(destination);
}

base::Result<void> FanOut::check_locked(std::size_t destination) const {
  if (cancellation_.requested()) return cancellation_.error();
  if (!destinations_[destination].stopped) return {};
  return base::Error(base::ErrorClass::internal, "push.stopped", "another blob failed");
}

void FanOut::leave_locked(SharedBlob& blob, std::size_t destination) {
  auto& reader = blob.readers()[destination];
  if (reader.reading == Reading::gone) return;
  reader.reading = Reading::gone;
  trim(blob);
  if (!blob.has_readers()) {
    if (blob.rank) open_.erase(*blob.rank);
    if (blob.producer) discarded_.push_back(std::move(blob.producer));
  }
  changed_.notify_all();
}

base::Result<std::optional<FanOut::Piece>> FanOut::read(const SharedPlace& place,
                                                        const OpenBlob& open,
                                                        std::span<std::byte> buffer) {
  Lock lock(mutex_);
  auto& blob = blobs_[place.blob];
  auto& reader = blob.readers()[place.destination];
  while (true) {
    BERTH_CHECK(check_locked(place.destination));
    if (reader.reading == Reading::gone) return std::optional<Piece>();
    reader.reading = Reading::active;
    if (reader.position < blob.end()) return std::optional(copy(lock, place, buffer));
    if (blob.failure) return blob.failure->clone();
    if (blob.result) return std::optional(Piece{0, 0, blob.result});
    if (!blob.producing && has_room(blob))
      produce(lock, blob, open);
    else if (blob.producing)
      changed_.wait_for(lock, kReadTick);
    else
      wait(lock);
  }
}

// The bytes are copied without the lock. Meanwhile the window keeps them for this reader, unless it
// was detached; then its own reference does.
FanOut::Piece FanOut::copy(Lock& lock, const SharedPlace& place, std::span<std::byte> buffer) {
  auto& blob = blobs_[place.blob];
  auto& reader = blob.readers()[place.destination];
  const SharedBlob::Piece piece = blob.piece_at(reader.position);
  const auto offset = static_cast<std::size_t>(reader.position - piece.begin);
  const auto count = std::min(buffer.size(), piece.bytes->size() - offset);
  lock.unlock();
  std::memcpy(buffer.data(), piece.bytes->data() + offset, count);
  lock.lock();
  SharedBlob::advance(reader, count);
  destinations_[place.destination].last_active = Clock::now();
  trim(blob);
  return {count, piece.source_position, {}};
}

// Several blobs are produced in parallel, so one may use half of the memory. The one that was begun
// first gets a piece in any case: all destinations wait for it in the end.
bool FanOut::has_room(const SharedBlob& blob) const {
  const bool fits =
      used_ + limits_.piece <= limits_.memory && blob.held() + limits_.piece <= limits_.memory / 2;
  return fits || (blob.held() == 0 && !open_.empty() && open_.begin()->second == &blob);
}

void FanOut::produce(Lock& lock, SharedBlob& blob, const OpenBlob& open) {
  blob.producing = true;
  used_ += limits_.piece;
  auto bytes = spare_piece();
  auto producer = std::move(blob.producer);
  lock.unlock();
  auto produced = fill(std::move(producer), open, *bytes);
  lock.lock();
  used_ -= limits_.piece;
  blob.producing = false;
  store(blob, produced, std::move(bytes));
  changed_.notify_all();
  if (!produced.producer) return;
  lock.unlock();
  produced.producer.reset();  // may wait
  lock.lock();
}

FanOut::Produced FanOut::fill(std::unique_ptr<image::LayerStream> producer, const OpenBlob& open,
                              std::vector<std::byte>& bytes) {
  Produced produced{std::move(producer)};
  std::size_t filled = 0;
  if (!produced.producer) {
    auto opened = open();
    if (opened)
      produced.producer = std::move(*opened);
    else
      produced.failure = std::move(opened).error();
  }
  while (!produced.failure && !produced.ended && filled < bytes.size()) {
    auto count = produced.producer->read(std::span(bytes).subspan(filled));
    if (count) {
      filled += *count;
      produced.ended = *count == 0;
    } else {
      produced.failure = std::move(count).error();
    }
  }
  bytes.resize(filled);
  return produced;
}

void FanOut::store(SharedBlob& blob, Produced& produced, Bytes bytes) {
  if (!bytes->empty()) {
    if (bytes->size() < bytes->capacity() / 2)
      bytes = std::make_shared<std::vector<std::byte>>(bytes->begin(), bytes->end());
    used_ += bytes->capacity();
    blob.append(std::move(bytes), produced.producer->source_position());
  }
  if (produced.failure) blob.failure = std::move(produced.failure);
  if (produced.ended)
    blob.result = CompressedBlob{produced.producer->digest(), *produced.producer->size()};
  else if (!blob.failure && blob.has_readers())
    blob.producer = std::move(produced.producer);
  trim(blob);
}

void FanOut::trim(SharedBlob& blob) {
  auto removed = blob.trim();
  for (auto& piece : removed) {
    used_ -= piece.bytes->capacity();
    // Not freed: each thread would allocate it from an arena of its own.
    if (piece.bytes->capacity() == limits_.piece && piece.bytes.use_count() == 1)
      spare_.push_back(std::move(piece.bytes));
  }
  if (!removed.empty()) changed_.notify_all();
}

FanOut::Bytes FanOut::spare_piece() {
  if (spare_.empty()) return std::make_shared<std::vector<std::byte>>(limits_.piece);
  auto bytes = std::move(spare_.back());
  spare_.pop_back();
  bytes->resize(limits_.piece);
  return bytes;
}

void FanOut::wait(Lock& lock) {
  detach_stalled();
  changed_.wait_for(lock, kReadTick);
}

// A destination that has not begun a blob may be slow elsewhere, or wait itself.
void FanOut::detach_stalled() {
  const auto now = Clock::now();
  const auto opened = open_;
  for (const auto& [rank, blob] : opened) {
    if (blob->held() == 0) continue;
    for (std::size_t i = 0; i < blob->readers().size(); ++i) {
      const auto& reader = blob->readers()[i];
      if (reader.reading == Reading::gone || reader.position == blob->end()) continue;
      const bool active = reader.reading == Reading::active;
      const auto since =
          active ? reader.waited_for : std::max(reader.waited_for, destinations_[i].last_active);
      if (now - since > (active ? limits_.stall : 2 * limits_.stall)) leave_locked(*blob, i);
    }
  }
}

base::Result<void> FanOut::verify_once(const SharedPlace& place,
                                       const std::function<base::Result<void>()>& verify) {
  Lock lock(mutex_);
  auto& blob = blobs_[place.blob];
  while (blob.verifying) {
    BERTH_CHECK(check_locked(place.destination));
    changed_.wait_for(lock, kReadTick);
    destinations_[place.destination].last_active = Clock::now();
  }
  if (blob.result || blob.verified) return {};
  if (blob.damaged) return blob.damaged->clone();
  blob.verifying = true;
  lock.unlock();
  auto result = verify();
  lock.lock();
  blob.verifying = false;
  blob.verified = result.has_value();
  if (!result && result.error().error_class() == base::ErrorClass::integrity)
    blob.damaged = result.error().clone();
  changed_.notify_all();
  return result;
}

base::Result<std::optional<ManifestForm>> FanOut::agree_on_form(std::size_t destination,
                                                                ManifestForm preferred,
                                                                const FormAgreement::Offer& offer) {
  return agreement_.agree(destination, preferred, offer);
}

}  // namespace berth::push
