#include "push/blob_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

#include "http/memory_source.hpp"
#include "image/diff_id_check.hpp"
#include "push/blob_streams.hpp"
#include "push/rate_limit.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

// Ready blobs wait for round trips; three to five active raw layers keep all cores busy.
constexpr unsigned kReadyJobs = 16, kRawJobs = 4;
// zstd has workers and tables of its own for each layer: 13 MiB (level 3) to 190 MiB (level 19).
constexpr int kSmallZstdLevel = 6;

unsigned raw_jobs(const image::Encoding& encoding) {
  if (encoding.codec != image::Codec::zstd) return kRawJobs;
  return encoding.level <= kSmallZstdLevel ? 2 : 1;
}

// Of all destinations that are pushed to in parallel: each upload has a connection with its buffer.
constexpr unsigned kSharedRawJobs = 6;
constexpr unsigned kMinSharedJobs = 2;

unsigned automatic_jobs(const PushContext& context) {
  const bool raw = std::holds_alternative<image::RawImage>(context.source.image().contents());
  const unsigned most = raw ? raw_jobs(context.plan.encoding) : kReadyJobs;
  if (context.member == nullptr) return most;
  const auto destinations = static_cast<unsigned>(context.member->fan_out.destinations());
  const unsigned shared = (raw ? kSharedRawJobs : kReadyJobs) / destinations;
  return std::min(most, std::max(shared, kMinSharedJobs));
}

// Chunks in memory, of all layers: 2 MiB each, uncompressed and compressed.
constexpr std::size_t kChunks = 12;
constexpr std::size_t kSharedChunks = 8;  // in addition to the windows of FanOut

// Relative time: a layer whose blob is not known is compressed; others are mostly found.
std::uint64_t work_of(const PlannedBlob& blob) {
  return blob.size * (blob.diff_id && !blob.digest ? 4 : 1);
}

// Progress of a layer that is being compressed: the part of its source that was read, scaled to the
// planned size.
struct LayerPosition {
  const image::LayerStream& layer;
  std::uint64_t source_size;
  std::uint64_t planned_size;

  [[nodiscard]] std::uint64_t now() const {
    if (source_size == 0) return planned_size;
    const auto part =
        static_cast<double>(layer.source_position()) / static_cast<double>(source_size);
    return static_cast<std::uint64_t>(part * static_cast<double>(planned_size));
  }
};

// Fails once the command was cancelled or another blob has failed.
base::Result<void> check_running(const PushContext& context, const std::atomic<bool>& stop) {
  if (context.cancellation.requested()) return context.cancellation.error();
  if (stop) return Error(ErrorClass::internal, "push.stopped", "another blob failed");
  return {};
}

// Reports the bytes read from `inner` to Progress, and fails once another blob has failed. `layer`
// is nullptr if `inner` yields the bytes of the plan.
class ProgressSource final : public http::BodySource {
 public:
  ProgressSource(http::BodySource& inner, const LayerPosition* layer, std::size_t blob,
                 const PushContext& context, const std::atomic<bool>& stop)
      : inner_(inner), layer_(layer), blob_(blob), context_(context), stop_(stop) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return inner_.size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    BERTH_CHECK(check_running(context_, stop_));
    auto* limit = context_.options.rate_limit;
    if (limit != nullptr) buffer = buffer.first(std::min(buffer.size(), limit->piece()));
    BERTH_TRY(const auto count, inner_.read(buffer));
    if (limit != nullptr && context_.cancellation.wait_for(limit->take(count)))
      return context_.cancellation.error();
    sent_ += count;
    if (count > 0) context_.progress.moved(blob_, count, layer_ != nullptr ? layer_->now() : sent_);
    return count;
  }
  // Not rewound for another attempt once a blob has failed.
  bool rewind() override {
    if (stop_) return false;
    sent_ = 0;
    context_.progress.restarted(blob_);
    return inner_.rewind();
  }

 private:
  http::BodySource& inner_;
  const LayerPosition* layer_;
  std::uint64_t sent_ = 0;  // since the last rewind
  std::size_t blob_;
  const PushContext& context_;
  const std::atomic<bool>& stop_;
};

class BlobTransfer {
 public:
  BlobTransfer(const PushContext& context, bool one_first)
      : context_(context),
        plan_(context.plan),
        one_first_(one_first),
        results_(context.plan.blobs.size()) {
    const bool raw = std::holds_alternative<image::RawImage>(context.source.image().contents());
    const unsigned chosen =
        context.options.jobs != 0 ? context.options.jobs : automatic_jobs(context);
    jobs_ = std::max<unsigned>(
        1, std::min<unsigned>(chosen, static_cast<unsigned>(plan_.blobs.size())));
    window_ = std::clamp<std::size_t>((context.member != nullptr ? kSharedChunks : kChunks) / jobs_,
                                      2, 8);
    if (raw && context.member == nullptr) pool_.emplace();
  }

  base::Result<TransferResult> run() {
    std::vector<std::size_t> all(plan_.blobs.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    BERTH_CHECK(transfer(std::move(all)));
    for (auto& blob : results_) result_.blobs.push_back(std::move(*blob));
    return std::move(result_);
  }

  base::Result<void> verify() {
    verify_only_ = true;
    std::vector<std::size_t> unverified;
    for (std::size_t i = 0; i < plan_.blobs.size(); ++i)
      if (plan_.blobs[i].diff_id && !plan_.blobs[i].verified) unverified.push_back(i);
    return transfer(std::move(unverified));
  }

  base::Result<void> again(const std::vector<std::size_t>& blobs, TransferResult& result) {
    upload_anyway_ = true;
    BERTH_CHECK(transfer(blobs));
    for (const auto index : blobs) result.blobs[index] = std::move(*results_[index]);
    return {};
  }

 private:
  base::Result<void> transfer(std::vector<std::size_t> blobs) {
    order_ = std::move(blobs);
    std::stable_sort(order_.begin(), order_.end(), [this](auto a, auto b) {
      return work_of(plan_.blobs[a]) > work_of(plan_.blobs[b]);
    });
    if (one_first_ && !order_.empty()) {
      std::rotate(order_.rbegin(), order_.rbegin() + 1, order_.rend());
      work_once();
    }
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 1; i < jobs_; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (error_) return std::move(*error_);
    return {};
  }

  void work() {
    while (!stop_ && work_once()) continue;
  }

  // Returns false if no blob is left.
  bool work_once() {
    const auto next = next_.fetch_add(1);
    if (next >= order_.size()) return false;
    const FanOutTurn turn(context_.member, order_[next]);
    if (auto moved = move(order_[next]); !moved) fail(std::move(moved).error(), order_[next]);
    return true;
  }

  void fail(Error error, std::size_t blob) {
    const std::lock_guard lock(mutex_);
    if (error_) return;
    // An error about credentials is not about the blob.
    error_ = error.error_class() == ErrorClass::auth ? std::move(error)
                                                     : std::move(error).note(what_failed(blob));
    stop_ = true;
    if (context_.member != nullptr) context_.member->fan_out.stop(context_.member->destination);
  }

  // Returns "while uploading layer 3 of 7 (sha256:ab12…)".
  [[nodiscard]] std::string what_failed(std::size_t failed) const {
    const auto& blob = plan_.blobs[failed];
    const std::string name = blob.digest ? blob.digest->brief() : blob.diff_id->brief();
    if (blob.kind == image::BlobKind::config)
      return fmt::format("while uploading the config ({})", name);
    if (blob.kind == image::BlobKind::other)
      return fmt::format("while uploading a blob ({})", name);
    const auto is_layer = [](const PlannedBlob& one) { return one.kind == image::BlobKind::layer; };
    const auto begin = plan_.blobs.begin();
    const auto place =
        std::count_if(begin, begin + static_cast<std::ptrdiff_t>(failed) + 1, is_layer);
    return fmt::format("while uploading layer {} of {} ({})", place,
                       std::count_if(begin, plan_.blobs.end(), is_layer), name);
  }

  base::Result<void> move(std::size_t index) {
    if (context_.cancellation.requested()) return context_.cancellation.error();
    const auto& blob = plan_.blobs[index];
    if (blob.at_destination) {
      finish(index, {*blob.digest, blob.size, blob.kind, Action::reused});
      return {};
    }
    if (verify_only_) return verify_layer(index, blob);
    if (blob.diff_id) return move_raw(index, blob);
    return move_known(index, blob);
  }

  base::Result<void> verify_layer(std::size_t index, const PlannedBlob& blob) {
    const auto* member = context_.member;
    if (member == nullptr) return read_layer(index, blob);
    return member->fan_out.verify_once(member->place(index),
                                       [&] { return read_layer(index, blob); });
  }

  base::Result<void> read_layer(std::size_t index, const PlannedBlob& blob) {
    const auto& raw =
        std::get<image::RawImage>(context_.source.image().contents()).layers[blob.source_index];
    BERTH_TRY(const auto bytes, context_.source.image().open_layer(blob.source_index));
    std::uint64_t read = 0;
    return image::verify_layer(*bytes, raw, [&](std::uint64_t count) -> base::Result<void> {
      BERTH_CHECK(check_running(context_, stop_));
      read += count;
      const auto part =
          static_cast<double>(read) / static_cast<double>(std::max<std::uint64_t>(raw.size, 1));
      context_.progress.moved(index, 0,
                              static_cast<std::uint64_t>(part * static_cast<double>(blob.size)));
      return {};
    });
  }

  base::Result<void> move_known(std::size_t index, const PlannedBlob& blob) {
    BERTH_TRY(const auto stream, open_known(index, blob));
    ProgressSource source(*stream, nullptr, index, context_, stop_);
    const BlobToStore known{*blob.digest, blob.size, blob.mount_from};
    BERTH_TRY(const auto action, upload_anyway_ ? context_.destination.upload_blob(known, source)
                                                : context_.destination.put_blob(known, source));
    finish(index, {*blob.digest, blob.size, blob.kind, action});
    return {};
  }

  base::Result<std::unique_ptr<http::BodySource>> open_known(std::size_t index,
                                                             const PlannedBlob& blob) {
    auto& image = context_.source.image();
    if (const auto* raw = std::get_if<image::RawImage>(&image.contents()))
      return std::unique_ptr<http::BodySource>(std::make_unique<http::MemorySource>(raw->config));
    BERTH_TRY(auto stream,
              open_blob(context_.member, index, CompressedBlob{*blob.digest, blob.size},
                        ready_blob_opener(image, blob.source_index)));
    return std::unique_ptr<http::BodySource>(std::move(stream));
  }

  // A layer whose compressed blob is known is opened, and compressed, only if the destination does
  // not have that blob.
  base::Result<void> move_raw(std::size_t index, const PlannedBlob& blob) {
    auto& image = context_.source.image();
    const auto& raw = std::get<image::RawImage>(image.contents()).layers[blob.source_index];
    auto& pool = pool_ ? *pool_ : context_.member->fan_out.pool();
    BERTH_TRY(const auto layer,
              open_blob(context_.member, index, std::nullopt,
                        layer_opener(image, blob.source_index, {pool, window_, plan_.encoding})));
    const LayerPosition position{*layer, raw.size, blob.size};
    ProgressSource source(*layer, &position, index, context_, stop_);
    std::optional<BlobToStore> expected;
    if (blob.digest && !upload_anyway_)
      expected = BlobToStore{*blob.digest, blob.size, blob.mount_from};
    BERTH_TRY(auto action,
              context_.destination.put_layer(source, *layer, expected ? &*expected : nullptr));
    if (!layer->size()) {  // found, and not read
      if (!blob.verified) BERTH_CHECK(verify_layer(index, blob));
      finish_layer(index, blob, {expected->digest, expected->size}, action);
      return {};
    }
    if (upload_anyway_ && action != Action::uploaded && source.rewind()) {
      BERTH_TRY(action,
                context_.destination.upload_blob({layer->digest(), *layer->size()}, source));
    }
    finish_layer(index, blob, {layer->digest(), *layer->size()}, action);
    return {};
  }

  void finish_layer(std::size_t index, const PlannedBlob& layer, CompressedBlob compressed,
                    Action action) {
    finish(index, {compressed.digest, compressed.size, layer.kind, action});
    const std::lock_guard lock(mutex_);
    result_.layers.emplace(layer.diff_id->str(), std::move(compressed));
  }

  void finish(std::size_t index, BlobResult moved) {
    if (!upload_anyway_) context_.progress.done(index, moved);
    results_[index] = std::move(moved);
  }

  const PushContext& context_;
  const Plan& plan_;
  bool verify_only_ = false;    // upload nothing
  bool upload_anyway_ = false;  // also upload blobs that the destination reports to have
  const bool one_first_;
  unsigned jobs_ = 1;
  std::size_t window_ = 2;
  std::optional<image::CompressionPool> pool_;
  std::vector<std::size_t> order_;  // indexes into plan_.blobs, largest first
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::optional<BlobResult>> results_;  // each is written by only one thread
  std::mutex mutex_;                                // guards error_ and result_.layers
  std::optional<Error> error_;
  TransferResult result_;
};

}  // namespace

base::Result<TransferResult> transfer_blobs(const PushContext& context, bool one_first) {
  return BlobTransfer(context, one_first).run();
}

base::Result<void> verify_layers(const PushContext& context) {
  return BlobTransfer(context, false).verify();
}

base::Result<void> upload_again(const PushContext& context, const std::vector<std::size_t>& blobs,
                                TransferResult& result) {
  if (blobs.empty()) return {};
  return BlobTransfer(context, false).again(blobs, result);
}

}  // namespace berth::push
