// LayerReader: reads one raw layer for its encoder, and verifies it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "image/diff_id_check.hpp"
#include "image/source.hpp"

namespace berth::image {

// What to read of a compressed layer.
enum class LayerBytes {
  uncompressed,  // decompressed and verified against the diff ID
  stored,        // as they are in the source; the reader of them verifies them
};

// Used by one thread.
class LayerReader {
 public:
  // `raw` is the stream of Source::open_layer().
  LayerReader(std::unique_ptr<http::BodySource> raw, const RawLayer& layer, LayerBytes bytes);

  // Replaces `chunk` with the next `most` bytes, or with fewer at the end of the layer. Class
  // integrity, code "source.truncated"; code "source.layer" instead of the last bytes if the
  // content does not match the diff ID.
  base::Result<void> read(std::vector<std::byte>& chunk, std::size_t most);
  // Returns whether the latest chunk was the last; it may be empty.
  [[nodiscard]] bool at_end() const { return at_end_; }
  // Returns the number of bytes that read() returned since the last rewind.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  // Returns the bytes that were read from the source since the last rewind.
  [[nodiscard]] std::uint64_t source_position() const { return *source_position_; }
  bool rewind();

  [[nodiscard]] const RawLayer& layer() const { return layer_; }
  // For errors: "layer sha256:ab12… of app.tar".
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  base::Result<std::size_t> read_some(std::span<std::byte> buffer);
  base::Result<void> look_ahead();
  base::Result<void> note_end(std::size_t count, std::size_t most);

  RawLayer layer_;
  std::string name_;
  LayerBytes bytes_;
  std::shared_ptr<std::uint64_t> source_position_;
  std::unique_ptr<http::BodySource> stream_;
  std::optional<std::uint64_t> size_;  // of `stream_`; std::nullopt: not known before its end
  std::optional<std::byte> ahead_;     // next byte of `stream_`, read to detect the end
  DiffIdCheck check_;
  std::uint64_t position_ = 0;
  bool at_end_ = false;
};

}  // namespace berth::image
