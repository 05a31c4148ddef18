// Frames: whole, split and malformed.
#include "channel/frame.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "platform/unique_fd.hpp"

using namespace berth;
using base::Json;
using channel::FrameDecoder;

namespace {

void feed(FrameDecoder& decoder, std::string_view bytes) {
  decoder.feed(std::as_bytes(std::span(bytes)));
}

std::string header(std::uint32_t length) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xffU);
  return bytes;
}

std::string outcome(const std::string& bytes, std::size_t limit = channel::kFrameLimit) {
  FrameDecoder decoder(limit);
  feed(decoder, bytes);
  const auto message = decoder.next();
  if (!message) return message.error().code();
  return *message ? (*message)->dump() : "more";
}

std::string nested(std::size_t depth) {
  const std::string body = R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  return header(static_cast<std::uint32_t>(body.size())) + body;
}

}  // namespace

TEST_CASE("frame: a message split at any byte is returned only once it is complete") {
  const Json message = Json::object({{"do", "push"}, {"text", "zwei – \"drei\"\n"}});
  const std::string frame = channel::encode_frame(message);
  for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
    CAPTURE(cut);
    FrameDecoder decoder;
    feed(decoder, std::string_view(frame).substr(0, cut));
    if (cut < frame.size()) CHECK_FALSE(decoder.next().value());
    feed(decoder, std::string_view(frame).substr(cut));
    CHECK(decoder.next().value() == message);
    CHECK_FALSE(decoder.next().value());
  }
}

TEST_CASE("frame: returns several buffered frames one by one") {
  FrameDecoder decoder;
  std::string bytes;
  for (int i = 0; i < 3; ++i) bytes += channel::encode_frame(Json::object({{"n", i}}));
  feed(decoder, bytes + header(7));
  for (int i = 0; i < 3; ++i) CHECK(decoder.next().value()->find("n")->as_int() == i);
  CHECK_FALSE(decoder.next().value());
}

TEST_CASE("frame: a malformed frame closes the channel") {
  CHECK(outcome(header(2) + "{}") == "{}");
  CHECK(outcome(header(0)) == "plugin.garbage");
  CHECK(outcome(header(2) + "[]") == "plugin.garbage");
  CHECK(outcome(header(4) + "null") == "plugin.garbage");
  CHECK(outcome(header(4) + "\"{}\"") == "plugin.garbage");
  CHECK(outcome(header(3) + "{} ") == "{}");
  CHECK(outcome(header(3) + "{}x") == "plugin.garbage");
  CHECK(outcome(header(13) + R"({"a":1,"a":2})") == "plugin.garbage");
  CHECK(outcome(header(9) + "{\"a\":\"\xff\"}") == "plugin.garbage");
  CHECK(outcome(header(0xffffffff)) == "plugin.garbage");
  CHECK(outcome(header(channel::kFrameLimit + 1)) == "plugin.garbage");
  CHECK(outcome(header(channel::kFrameLimit)) == "more");
  CHECK(outcome(header(11), 10) == "plugin.garbage");
  CHECK(outcome(header(10), 10) == "more");
}

TEST_CASE("frame: rejects JSON that is nested too deep or has too many values") {
  CHECK(outcome(nested(60)).substr(0, 6) == R"({"a":[)");
  CHECK(outcome(nested(65)) == "plugin.garbage");
  CHECK(outcome(nested(1'000'000)) == "plugin.garbage");
  std::string many = R"({"a":[0)";
  for (int i = 0; i < 1'000'000; ++i) many += ",0";
  many += "]}";
  CHECK(outcome(header(static_cast<std::uint32_t>(many.size())) + many) == "plugin.garbage");
}

TEST_CASE("frame: sends and receives over a socket until the peer closes it") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  platform::UniqueFd ours(ends[0]);
  platform::UniqueFd theirs(ends[1]);
  FrameDecoder decoder;
  REQUIRE(channel::send_frame(ours.get(), Json::object({{"do", "load"}})));
  REQUIRE(channel::send_frame(ours.get(), Json::object({{"do", "destroy"}})));
  ours.reset();
  CHECK(channel::receive_frame(theirs.get(), decoder)->string_or("do", "") == "load");
  CHECK(channel::receive_frame(theirs.get(), decoder)->string_or("do", "") == "destroy");
  CHECK(channel::receive_frame(theirs.get(), decoder).error().code() == "channel.closed");
}
