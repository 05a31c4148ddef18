// ZstdFrame: compresses a stream to one zstd frame with libzstd's own workers. The bytes depend on
// the input, on the sizes of its pieces, the level and the library, not on the number of workers.
// Source: RFC 8878; zstd.h, "Advanced compression API".
#pragma once

#include <zstd.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace berth::image {

// Used by one thread.
class ZstdFrame {
 public:
  // `workers`: at least 1. A libzstd that was built without threads uses none, and writes other
  // bytes.
  ZstdFrame(int level, unsigned workers);

  // Begins another frame.
  void reset();
  // Consumes from the front of `input`, and returns the number of bytes written to `output`,
  // possibly 0. `last`: the frame ends with `input`; call again with the rest until complete().
  std::size_t compress(std::span<const std::byte>& input, bool last, std::span<std::byte> output);
  [[nodiscard]] bool complete() const { return complete_; }

  // What the bytes depend on, but for the input: library, level, and how the frame is divided.
  [[nodiscard]] std::string parameters() const;

 private:
  void create_context();

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  int level_;
  unsigned workers_;
  bool has_workers_ = false;
  bool used_ = false;  // since reset()
  bool begun_ = false;
  bool complete_ = false;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace berth::image
