#include "image/compressed_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "image/layer_reader.hpp"
#include "image/make_layer_encoder.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

// One read() ends after so much of the layer, also if it filled less of the buffer: zstd makes 2
// MiB of 60 GiB of zeros, and a push is cancelled between two calls.
constexpr std::uint64_t kMaxOfLayer = std::uint64_t{32} << 20U;

LayerBytes bytes_to_read(const Encoding& encoding, const RawLayer& layer) {
  return passes_through(encoding, layer) ? LayerBytes::stored : LayerBytes::uncompressed;
}

}  // namespace

struct CompressedLayer::State {
  State(std::unique_ptr<http::BodySource> raw, const RawLayer& layer, CompressionPool& pool,
        std::size_t window, const Encoding& encoding)
      : reader(std::move(raw), layer, bytes_to_read(encoding, layer)),
        encoder(make_layer_encoder(encoding, {reader, pool, window})) {
    start();
  }

  void start();
  base::Result<void> produce();
  base::Result<void> verify_repeat();

  struct Summary {
    oci::Digest digest;
    std::uint64_t size;
  };

  LayerReader reader;
  std::unique_ptr<LayerEncoder> encoder;
  oci::Hasher hasher;
  bool all_produced = false;
  std::vector<std::byte> ready;  // to be returned by read()
  std::size_t consumed = 0;      // of `ready`
  std::uint64_t read_bytes = 0;  // by the caller
  bool verified = false;
  std::optional<Summary> summary;  // set at the first end; kept after rewind()
};

void CompressedLayer::State::start() {
  encoder->start();
  hasher = oci::Hasher();
  all_produced = false;
  ready.clear();
  consumed = 0;
  read_bytes = 0;
  verified = false;
}

base::Result<void> CompressedLayer::State::produce() {
  consumed = 0;
  BERTH_TRY(const auto blob, encoder->produce(ready));
  all_produced = blob == Blob::complete;
  return {};
}

// Called at each end: the first reading sets the layer's digests, and later ones must match them.
base::Result<void> CompressedLayer::State::verify_repeat() {
  verified = true;
  const auto digest = hasher.finish();
  if (!summary) summary = Summary{digest, read_bytes};
  if (summary->digest == digest) return {};
  return base::Error(base::ErrorClass::integrity, "source.layer-changed",
                     reader.name() + " changed while it was read")
      .cause(fmt::format("first {}, then {}", summary->digest.str(), digest.str()));
}

CompressedLayer::CompressedLayer(std::unique_ptr<http::BodySource> raw, const RawLayer& layer,
                                 CompressionPool& pool, std::size_t window,
                                 const Encoding& encoding)
    : state_(new State(std::move(raw), layer, pool, window, encoding)) {}

CompressedLayer::~CompressedLayer() = default;

std::optional<std::uint64_t> CompressedLayer::size() const {
  return state_->summary ? std::optional(state_->summary->size) : std::nullopt;
}

base::Result<std::size_t> CompressedLayer::read(std::span<std::byte> buffer) {
  State& state = *state_;
  std::size_t filled = 0;
  const auto begin = state.reader.position();
  while (filled < buffer.size()) {
    if (state.consumed == state.ready.size()) {
      if (state.all_produced || (filled > 0 && state.reader.position() - begin >= kMaxOfLayer))
        break;
      BERTH_CHECK(state.produce());
      continue;
    }
    const auto count = std::min(buffer.size() - filled, state.ready.size() - state.consumed);
    std::memcpy(buffer.data() + filled, state.ready.data() + state.consumed, count);
    state.consumed += count;
    filled += count;
  }
  state.hasher.update(buffer.first(filled));
  state.read_bytes += filled;
  const bool ended = filled == 0 || (state.summary && state.read_bytes >= state.summary->size);
  if (ended && !state.verified) BERTH_CHECK(state.verify_repeat());
  return filled;
}

bool CompressedLayer::rewind() {
  if (!state_->reader.rewind()) return false;
  state_->start();
  return true;
}

std::uint64_t CompressedLayer::source_position() const { return state_->reader.source_position(); }

const oci::Digest& CompressedLayer::digest() const { return state_->summary->digest; }

std::uint64_t CompressedLayer::compressed_size() const { return state_->summary->size; }

}  // namespace berth::image
