// The channel between berth and a plugin's process, from either side, and what berth makes of each message.
#include "channel/frame.hpp"

#include <algorithm>
#include <vector>

#include "flavor/credential_source.hpp"
#include "flavor/host_services.hpp"
#include "flavor/parse_upload_rules.hpp"
#include "flavor/plugin_messages.hpp"
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

// Without a registry, a push, programs or hosts that are permitted.
void serve(const std::vector<base::Json>& messages) {
  const base::Cancellation cancellation;
  base::SilentLog log;
  const flavor::Services services;
  const std::string uri_path = "team";
  const std::string plugin_path = "plugin.so";
  const flavor::HostTools tools(
      some_metadata(), [](std::string_view) { return std::optional<std::string>("value"); }, {}, cancellation, log);
  flavor::HostServices host(services, uri_path, plugin_path, false, tools, cancellation, log);
  for (const auto& message : messages) {
    host.take(message);
    const auto answer = host.answer(message);
    require(answer && answer->find("status") != nullptr, "every request has a response with a status");
    static_cast<void>(flavor::parse_provided(message, "fuzz", plugin_path));
    static_cast<void>(flavor::parse_upload_rules(message, plugin_path));
    require(!flavor::known_code(message.string_or("code", "")).empty(), "an error has a code");
  }
  require(!host.report(), "nothing was pushed");
}

}  // namespace

void run_frame(std::string_view input) {
  const auto whole = decode(input, input.size(), channel::kWorkerFrameLimit);
  const auto pieces = decode(input, 5, channel::kWorkerFrameLimit);
  require(whole.garbage == pieces.garbage && whole.messages == pieces.messages, "pieces are decoded as the whole is");
  require(decode(input, 64, channel::kFrameLimit).messages.size() >= whole.messages.size(),
          "the host may send what the worker may send");
  for (const auto& message : whole.messages) {
    const auto again = decode(channel::encode_frame(message), 4096, channel::kFrameLimit);
    require(again.messages.size() == 1 && again.messages.front() == message, "a message is read as it was written");
  }
  serve(whole.messages);
}

}  // namespace berth::fuzz
