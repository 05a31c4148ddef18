// MemberDecompressor: base class of the decompressors: handles consecutive members, and ignores
// data after them.
#pragma once

#include <algorithm>

#include "image/decompressor.hpp"

namespace berth::image {

class MemberDecompressor : public Decompressor {
 public:
  base::Result<std::size_t> decompress(std::span<const std::byte>& input,
                                       std::span<std::byte> output) final {
    while (true) {
      if (ended_ && !begin_member(input)) return std::size_t{0};
      BERTH_TRY(const auto count, decompress_member(input, output));
      if (count > 0 || input.empty()) return count;
    }
  }
  [[nodiscard]] bool complete() const final { return ended_; }
  [[nodiscard]] bool has_trailing_data() const final { return trailing_ || padded_; }

 protected:
  MemberDecompressor(Compression compression, std::string name)
      : compression_(compression), name_(std::move(name)) {}

  // Like decompress(), within one member; calls member_ended() at its end.
  virtual base::Result<std::size_t> decompress_member(std::span<const std::byte>& input,
                                                      std::span<std::byte> output) = 0;
  // Returns whether a member may begin with that byte.
  [[nodiscard]] virtual bool may_begin(std::byte first) const = 0;
  virtual void reset() = 0;
  void member_ended() { ended_ = true; }

  [[nodiscard]] base::Error damaged(const std::string& detail = {}) const {
    const std::string format(compression_name(compression_));
    return base::Error(base::ErrorClass::integrity, "source.not-" + format, name_ + " is damaged")
        .cause("its " + format + " stream is broken" + (detail.empty() ? "" : ": " + detail));
  }
  // `option` lets the program use as much memory as the stream needs.
  [[nodiscard]] base::Error needs_memory(const std::string& limit,
                                         const std::string& option) const {
    const std::string format(compression_name(compression_));
    return base::Error(base::ErrorClass::usage, "source.window",
                       name_ + " requires too much memory to decompress")
        .cause("its " + format + " window is larger than " + limit)
        .fix("decompress it first: " + format + " -dc " + option);
  }

 private:
  // Returns false if no member follows, at least not in `input`. Zeros between members are padding
  // (xz, tapes).
  bool begin_member(std::span<const std::byte>& input) {
    if (!trailing_) {
      const auto next = std::find_if(input.begin(), input.end(),
                                     [](std::byte byte) { return byte != std::byte{0}; });
      padded_ = padded_ || next != input.begin();
      input = input.subspan(static_cast<std::size_t>(next - input.begin()));
    }
    if (input.empty()) return false;
    if (trailing_ || !may_begin(input.front())) {
      trailing_ = true;
      input = {};
      return false;
    }
    reset();
    ended_ = false;
    return true;
  }

  Compression compression_;
  std::string name_;
  bool ended_ = false;
  bool trailing_ = false;  // the following data is not a member
  bool padded_ = false;    // zeros followed a member
};

}  // namespace berth::image
