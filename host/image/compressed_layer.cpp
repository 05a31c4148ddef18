#include "image/compressed_layer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>

#include "image/chunk_compressor.hpp"
#include "image/decompressed_stream.hpp"
#include "image/diff_id_check.hpp"
#include "image/make_decompressor.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

// RFC 1952, section 2.3: no name, no time, OS unknown.
constexpr std::array<unsigned char, 10> kGzipHeader{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};

// Size of a piece that is decompressed, to at most 128 MiB, between two checks for cancellation.
constexpr std::size_t kGzippedPiece = std::size_t{128} << 10U;
constexpr std::size_t kDecompressedPiece = std::size_t{256} << 10U;

void append_le32(std::vector<std::byte>& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::byte>(value >> shift & 0xffU));
}

}  // namespace

struct CompressedLayer::State {
  State(std::unique_ptr<http::BodySource> raw_bytes, const RawLayer& raw_layer, CompressionPool& threads,
        std::size_t max_chunks)
      : raw(std::move(raw_bytes)),
        layer(raw_layer),
        name(fmt::format("layer {} of {}", layer.diff_id.brief(), layer.place)),
        passes_through(layer.compression == Compression::gzip),
        pool(threads),
        window(std::max<std::size_t>(max_chunks, 2)),
        check(layer) {
    if (layer.compression && !passes_through)
      raw = std::make_unique<DecompressedStream>(std::move(raw), *layer.compression, name);
    size = layer.compression && !passes_through ? std::nullopt : std::optional(layer.size);
    start();
  }

  void start();
  base::Result<void> produce();
  base::Result<void> produce_gzipped();
  base::Result<void> fill_window();
  base::Result<std::size_t> read_chunk(std::vector<std::byte>& chunk, std::size_t most);
  base::Result<std::size_t> read_some(std::span<std::byte> buffer);
  base::Result<void> look_ahead();
  base::Result<void> verify_gzipped(std::span<const std::byte> bytes);
  std::shared_ptr<Chunk> fresh_chunk();
  void pop_chunk();
  base::Result<void> verify_repeat();

  struct Summary {
    oci::Digest digest;
    std::uint64_t size;
  };

  std::unique_ptr<http::BodySource> raw;
  RawLayer layer;
  std::string name;     // for errors
  bool passes_through;  // gzip
  CompressionPool& pool;
  std::size_t window;
  DiffIdCheck check;
  oci::Hasher hasher;
  std::deque<std::shared_ptr<Chunk>> chunks;     // in flight, in order
  std::vector<std::shared_ptr<Chunk>> recycled;  // their memory is reused
  std::vector<std::byte> tail;                   // end of the previous chunk: the dictionary of the next one
  std::unique_ptr<Decompressor> decompressor;    // passes_through only
  std::vector<std::byte> decompressed;           // passes_through only: one piece
  std::optional<std::uint64_t> size;             // of `raw`; std::nullopt: not known before its end
  std::optional<std::byte> ahead;                // next byte of `raw`, read to detect the end
  std::uint64_t raw_position = 0;
  std::uint32_t crc = 0;
  bool all_read = false;
  bool all_produced = false;
  std::vector<std::byte> ready;  // to be returned by read()
  std::size_t consumed = 0;      // of `ready`
  std::uint64_t read_bytes = 0;  // by the caller
  bool verified = false;
  std::optional<Summary> summary;  // set at the first end; kept after rewind()
};

void CompressedLayer::State::start() {
  check = DiffIdCheck(layer);
  hasher = oci::Hasher();
  chunks.clear();
  tail.clear();
  ahead.reset();
  raw_position = 0;
  crc = 0;
  all_read = false;
  all_produced = false;
  ready.clear();
  consumed = 0;
  read_bytes = 0;
  verified = false;
  if (passes_through) {
    decompressor = make_decompressor(Compression::gzip, name);
    return;
  }
  const auto header = std::as_bytes(std::span(kGzipHeader));
  ready.assign(header.begin(), header.end());
}

base::Result<std::size_t> CompressedLayer::State::read_some(std::span<std::byte> buffer) {
  if (!ahead) return raw->read(buffer);
  buffer.front() = *ahead;
  ahead.reset();
  return std::size_t{1};
}

// Detects whether more data follows, because the last chunk must be marked as last, whatever the layer's format is.
base::Result<void> CompressedLayer::State::look_ahead() {
  std::byte next{};
  BERTH_TRY(const auto count, raw->read({&next, 1}));
  if (count > 0) ahead = next;
  return {};
}

base::Result<std::size_t> CompressedLayer::State::read_chunk(std::vector<std::byte>& chunk, std::size_t most) {
  chunk.resize(most);
  std::size_t filled = 0;
  while (filled < chunk.size()) {
    BERTH_TRY(const auto count, read_some(std::span(chunk).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  chunk.resize(filled);
  raw_position += filled;
  if (!size && filled == most) BERTH_CHECK(look_ahead());
  if (size && filled < most && raw_position < *size)
    return Error(ErrorClass::integrity, "source.truncated", name + " is truncated");
  all_read = size ? raw_position >= *size : !ahead;
  return filled;
}

std::shared_ptr<Chunk> CompressedLayer::State::fresh_chunk() {
  if (recycled.empty()) return std::make_shared<Chunk>();
  auto chunk = std::move(recycled.back());
  recycled.pop_back();
  chunk->done = false;
  return chunk;
}

// Reads ahead and queues chunks for compression. Verifies the layer here, before its last chunk can be returned.
base::Result<void> CompressedLayer::State::fill_window() {
  while (!all_read && chunks.size() < window) {
    auto chunk = fresh_chunk();
    BERTH_CHECK(read_chunk(chunk->input, kChunkSize));
    check.update(chunk->input);
    if (all_read) BERTH_CHECK(check.finish());
    chunk->last = all_read;
    chunk->dictionary = tail;
    const auto keep = std::min(kDictionarySize, chunk->input.size());
    tail.assign(chunk->input.end() - static_cast<std::ptrdiff_t>(keep), chunk->input.end());
    pool.submit(chunk);
    chunks.push_back(std::move(chunk));
  }
  return {};
}

void CompressedLayer::State::pop_chunk() {
  const auto chunk = std::move(chunks.front());
  chunks.pop_front();
  pool.wait_for(*chunk);
  crc = static_cast<std::uint32_t>(crc32_combine(crc, chunk->crc, static_cast<z_off_t>(chunk->input.size())));
  ready.swap(chunk->output);
  consumed = 0;
  if (chunk->last) {
    append_le32(ready, crc);
    append_le32(ready, static_cast<std::uint32_t>(raw_position));
    all_produced = true;
  }
  recycled.push_back(chunk);
}

base::Result<void> CompressedLayer::State::produce() {
  if (passes_through) return produce_gzipped();
  BERTH_CHECK(fill_window());
  pop_chunk();
  return fill_window();
}

base::Result<void> CompressedLayer::State::verify_gzipped(std::span<const std::byte> bytes) {
  decompressed.resize(kDecompressedPiece);
  while (true) {
    BERTH_TRY(const auto count, decompressor->decompress(bytes, decompressed));
    if (count == 0) break;
    check.update(std::span(decompressed).first(count));
  }
  if (!decompressor->has_trailing_data()) return {};
  return Error(ErrorClass::integrity, "source.not-gzip", name + " has data after its gzip stream")
      .cause("container runtimes do not unpack such a layer")
      .fix("save the image again");
}

base::Result<void> CompressedLayer::State::produce_gzipped() {
  BERTH_TRY(const auto count, read_chunk(ready, kGzippedPiece));
  consumed = 0;
  BERTH_CHECK(verify_gzipped(ready));
  all_produced = all_read || count == 0;
  if (!all_produced) return {};
  if (!decompressor->complete()) return Error(ErrorClass::integrity, "source.truncated", name + " is truncated");
  return check.finish();
}

// Called at each end: the first reading sets the layer's digests, and later ones must match them.
base::Result<void> CompressedLayer::State::verify_repeat() {
  verified = true;
  const auto digest = hasher.finish();
  if (!summary) summary = Summary{digest, read_bytes};
  if (summary->digest == digest) return {};
  return Error(ErrorClass::integrity, "source.layer-changed",
               fmt::format("layer {} of {} changed while it was read", layer.diff_id.brief(), layer.place))
      .cause(fmt::format("first {}, then {}", summary->digest.str(), digest.str()));
}

CompressedLayer::CompressedLayer(std::unique_ptr<http::BodySource> raw, const RawLayer& layer, CompressionPool& pool,
                                 std::size_t window)
    : state_(new State(std::move(raw), layer, pool, window)) {}

CompressedLayer::~CompressedLayer() = default;

std::optional<std::uint64_t> CompressedLayer::size() const {
  return state_->summary ? std::optional(state_->summary->size) : std::nullopt;
}

base::Result<std::size_t> CompressedLayer::read(std::span<std::byte> buffer) {
  State& state = *state_;
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    if (state.consumed == state.ready.size()) {
      if (state.all_produced) break;
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
  if (!state_->raw->rewind()) return false;
  state_->start();
  return true;
}

std::uint64_t CompressedLayer::source_position() const { return state_->raw_position; }

const oci::Digest& CompressedLayer::digest() const { return state_->summary->digest; }

std::uint64_t CompressedLayer::compressed_size() const { return state_->summary->size; }

}  // namespace berth::image
