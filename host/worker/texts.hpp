// Texts of the contract, taken and given.
#pragma once

#include <berth/abi.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "channel/protocol.hpp"

namespace berth::worker {

inline std::string copy(berth_string text) {
  return text.data == nullptr ? std::string() : std::string(text.data, std::min(text.size, channel::kLongestText));
}

inline void write(const berth_sink* sink, std::string_view text) {
  if (sink != nullptr && sink->write != nullptr) sink->write(sink->context, {text.data(), text.size()});
}

}  // namespace berth::worker
