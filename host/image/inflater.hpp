// Inflater: gzip undone, member after member, piece by piece.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::image {

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  // Hands what `input` inflates to, piece by piece, to `sink`, a callable of span<const byte> → Result<void>.
  // What is no gzip is class integrity, code "source.not-gzip"; `name` says whose bytes they are.
  template <typename Sink>
  base::Result<void> feed(std::span<const std::byte> input, const std::string& name, Sink&& sink) {
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    do {
      if (ended_ && stream_.avail_in > 0) inflateReset(&stream_);
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return base::Error(base::ErrorClass::integrity, "source.not-gzip", name + " is damaged")
            .cause("its gzip stream is broken");
      ended_ = status == Z_STREAM_END;
      BERTH_CHECK(sink(std::span<const std::byte>(output_).first(output_.size() - stream_.avail_out)));
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return {};
  }

  // Whether the last member has ended.
  [[nodiscard]] bool complete() const { return ended_; }

 private:
  z_stream stream_{};
  std::vector<std::byte> output_ = std::vector<std::byte>(std::size_t{1} << 18U);
  bool ended_ = false;
};

}  // namespace berth::image
