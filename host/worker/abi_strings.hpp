// Converts between strings and those of abi.h.
#pragma once

#include <berth/abi.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/escape.hpp"
#include "base/utf8.hpp"
#include "channel/field.hpp"

namespace berth::worker {

inline berth_string view(std::string_view text) { return {text.data(), text.size()}; }

// Whether a string of a plugin can be read: NULL only if it is empty.
inline bool is_readable(berth_string text) { return text.data != nullptr || text.size == 0; }

// Returns a copy of `text`, truncated to `max` bytes; empty if it is NULL.
inline std::string copy(berth_string text, std::size_t max) {
  return text.data == nullptr ? std::string() : std::string(text.data, std::min(text.size, max));
}
// Returns a copy of a text for people, truncated to 4,096 bytes at a character. Invalid UTF-8 is
// replaced by U+FFFD.
inline std::string copy_text(berth_string text) {
  const std::string start = copy(text, channel::kMaxText + 1);
  const std::string valid =
      base::replace_invalid_utf8(base::truncate_utf8(start, channel::kMaxText));
  return std::string(base::truncate_utf8(valid, channel::kMaxText));
}
// Returns a copy of an argument of a service. It is not truncated to the limit of that service,
// because that would be a different request: channel::check_limits() rejects it.
inline std::string copy_argument(berth_string text) { return copy(text, channel::kMaxBytes + 1); }

// Writes `text` to `sink`, if the plugin provided one.
inline void write(const berth_sink* sink, std::string_view text) {
  if (sink != nullptr && sink->write != nullptr) sink->write(sink->context, view(text));
}

// StringSink: a sink that stores the text that the flavor writes, truncated to 4,096 bytes. A
// second write replaces the first.
struct StringSink {
  std::string text{};
  berth_sink sink{this, [](void* context, berth_string written) noexcept {
                    static_cast<StringSink*>(context)->text = copy_text(written);
                  }};
};

}  // namespace berth::worker
