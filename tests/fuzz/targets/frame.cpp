// The channel between berth and a plugin's process, from either side, and what berth makes of each
// message.
#include "channel/frame.hpp"

#include <algorithm>
#include <vector>

#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"
#include "flavor/call_handler.hpp"
#include "flavor/credential_source.hpp"
#include "flavor/plugin_errors.hpp"
#include "flavor/validate_upload_rules.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {
namespace {

struct Decoded {
  std::vector<base::Json> messages;
  bool garbage = false;
};

Decoded decode(std::string_view bytes, std::size_t piece, std::size_t limit) {
  Decoded decoded;
  channel::FrameDecoder decoder(limit);
  while (true) {
    auto message = decoder.next();
    decoded.garbage = !message;
    if (decoded.garbage) return decoded;
    if (*message) {
      decoded.messages.push_back(std::move(**message));
      continue;
    }
    if (bytes.empty()) return decoded;
    const auto part = bytes.substr(0, std::max<std::size_t>(piece, 1));
    decoder.feed(std::as_bytes(std::span(part)));
    bytes.remove_prefix(part.size());
  }
}

flavor::Metadata some_metadata() {
  flavor::Metadata metadata;
  metadata.flavor = "fuzz";
  metadata.permissions = {"env:NAME", "file:/nonexistent/*"};
  return metadata;
}

// Reads the message as the response to each call, and uses those whose content berth validates.
void read_responses(const base::Json& message, const std::string& plugin_path) {
  channel::PluginCalls::for_each([&]<class Call>() {
    auto outcome = channel::decode_response<typename Call::Response, channel::PluginError>(message);
    if (!outcome) return;
    if (const auto* error = std::get_if<1>(&*outcome)) {
      require(!flavor::known_code(error->code).empty(), "an error has a code");
    } else {
      const auto& response = std::get<0>(*outcome);
      require(channel::check_limits(response).empty(), "what was decoded is within its limits");
      require(channel::decode<typename Call::Response>(channel::encode(response)).has_value(),
              "what was decoded can be encoded");
      if constexpr (std::is_same_v<Call, channel::GetCredential>)
        static_cast<void>(
            flavor::validate_credential(std::move(std::get<0>(*outcome)), "fuzz", plugin_path));
      if constexpr (std::is_same_v<Call, channel::CreateFlavor>)
        static_cast<void>(flavor::validate_upload_rules(response.upload_rules, plugin_path));
    }
  });
}

// Without a registry, a push, programs or hosts that are permitted.
void serve(const std::vector<base::Json>& messages) {
  const base::Cancellation cancellation;
  base::SilentLog log;
  const flavor::Services services;
  const std::string uri_path = "team";
  const std::string plugin_path = "plugin.so";
  const flavor::SystemServices system(
      some_metadata(), [](std::string_view) { return std::optional<std::string>("value"); }, {},
      cancellation, log);
  flavor::CallHandler host(services, {plugin_path, uri_path, false}, system, cancellation, log);
  for (const auto& message : messages) {
    const std::string method = channel::method_of(message);
    host.handle_notification(method, channel::params_of(message));
    const auto outcome = host.handle_request(method, channel::params_of(message));
    require((outcome.find("result") != nullptr) != (outcome.find("error") != nullptr),
            "every request has a result or an error");
    read_responses(message, plugin_path);
  }
  require(!host.report(), "nothing was pushed");
}

}  // namespace

void run_frame(std::string_view input) {
  const auto whole = decode(input, input.size(), channel::kWorkerFrameLimit);
  const auto pieces = decode(input, 5, channel::kWorkerFrameLimit);
  require(whole.garbage == pieces.garbage && whole.messages == pieces.messages,
          "pieces are decoded as the whole is");
  require(decode(input, 64, channel::kFrameLimit).messages.size() >= whole.messages.size(),
          "the host may send what the worker may send");
  for (const auto& message : whole.messages) {
    const auto again = decode(channel::encode_frame(message), 4096, channel::kFrameLimit);
    require(again.messages.size() == 1 && again.messages.front() == message,
            "a message is read as it was written");
  }
  serve(whole.messages);
}

}  // namespace berth::fuzz
