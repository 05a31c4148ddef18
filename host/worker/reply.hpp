// What the worker answers the host, and what a flavor wrote while it was called.
#pragma once

#include <berth/abi.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "channel/protocol.hpp"

namespace berth::worker {

// What the flavor wrote into a sink.
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

inline base::Json failed(std::string code, std::string message, std::string cause) {
  return base::Json::object(
      {{"reply", "failed"}, {"code", std::move(code)}, {"message", std::move(message)}, {"cause", std::move(cause)}});
}

inline base::Json reply_of(std::int32_t status, const Text& error) {
  if (status == BERTH_STATUS_OK) return base::Json::object({{"reply", "ok"}});
  return failed("plugin.failed", error.text.empty() ? "no reason given" : error.text, "");
}

// The flavor does not accept the URI or the settings.
inline base::Json refused(std::string message, std::string finding_code, std::string fix) {
  base::Json reply = failed("flavor.refused", std::move(message), "");
  reply.set("finding", std::move(finding_code));
  reply.set("fix", std::move(fix));
  return reply;
}

inline base::Json breach(const char* how) { return failed("plugin.breach", how, ""); }

}  // namespace berth::worker
