// Builds the worker's replies to the host, and receives the strings that a flavor writes.
#pragma once

#include <berth/abi.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "channel/protocol.hpp"

namespace berth::worker {

// A sink that stores the string that the flavor writes, truncated to 4,096 bytes. A second write
// replaces the first.
struct Text {
  std::string text;
  berth_sink sink{this, [](void* context, berth_string written) noexcept {
                    std::string& text = static_cast<Text*>(context)->text;
                    text.clear();
                    if (written.data != nullptr)
                      text.assign(written.data, std::min(written.size, channel::kLongestText));
                  }};
};

inline berth_string view(std::string_view text) { return {text.data(), text.size()}; }

// A reply of a call that failed.
inline base::Json failed(std::string code, std::string message, std::string cause) {
  return base::Json::object(
      {{"reply", "failed"}, {"code", std::move(code)}, {"message", std::move(message)}, {"cause", std::move(cause)}});
}

// The reply for the status of a plugin function; `error` is the message that it wrote.
inline base::Json reply_of(std::int32_t status, const Text& error) {
  if (status == BERTH_STATUS_OK) return base::Json::object({{"reply", "ok"}});
  return failed("plugin.failed", error.text.empty() ? "no reason given" : error.text, "");
}

// The reply of a flavor that rejected the URI or the settings. `finding_code` is its code for that;
// may be empty.
inline base::Json refused(std::string message, std::string finding_code, std::string fix) {
  base::Json reply = failed("flavor.refused", std::move(message), "");
  reply.set("finding", std::move(finding_code));
  reply.set("fix", std::move(fix));
  return reply;
}

// The reply for a plugin that violated the contract; `how` describes the violation.
inline base::Json breach(const char* how) { return failed("plugin.breach", how, ""); }

}  // namespace berth::worker
