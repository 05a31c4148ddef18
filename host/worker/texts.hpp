// Copies and writes the strings of abi.h.
#pragma once

#include <berth/abi.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "channel/protocol.hpp"

namespace berth::worker {

// Returns a copy of `text`, truncated to 4,096 bytes; empty if it is NULL.
inline std::string copy(berth_string text) {
  return text.data == nullptr ? std::string() : std::string(text.data, std::min(text.size, channel::kLongestText));
}

// Writes `text` to `sink`, if the plugin provided one.
inline void write(const berth_sink* sink, std::string_view text) {
  if (sink != nullptr && sink->write != nullptr) sink->write(sink->context, {text.data(), text.size()});
}

}  // namespace berth::worker
