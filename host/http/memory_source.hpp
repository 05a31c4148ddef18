// MemorySource: a request body in memory.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "http/message.hpp"

namespace berth::http {

class MemorySource : public BodySource {
 public:
  explicit MemorySource(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return text_.size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto count = std::min(buffer.size(), text_.size() - position_);
    std::memcpy(buffer.data(), text_.data() + position_, count);
    position_ += count;
    return count;
  }
  bool rewind() override {
    position_ = 0;
    return true;
  }

 private:
  std::string text_;
  std::size_t position_ = 0;
};

}  // namespace berth::http
