// Bodies in both directions, and their limits.
#include <doctest/doctest.h>

#include "http_test.hpp"

using namespace berth;
using base::ErrorClass;
using http::Method;
using test::http_answer;
using test::MemorySource;
using test::quick_options;
using test::request_of;
using test::ScriptedServer;
using test::TestClient;
using test::TextSink;

namespace {

using std::chrono::milliseconds;

http::Request upload_of(http::BodySource& source, std::string url) {
  auto request = request_of(Method::put, std::move(url));
  request.source = &source;
  request.retry = http::Retry::never;
  return request;
}

// Fails after some bytes.
class BrokenSource final : public MemorySource {
 public:
  explicit BrokenSource(bool known) : MemorySource(std::string(100'000, 'x'), known) {}
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (reads_++ > 0) return base::Error(ErrorClass::disk, "test.source", "broken");
    return MemorySource::read(buffer.first(10));
  }

 private:
  int reads_ = 0;
};

// Reports a wrong size.
class LyingSource final : public MemorySource {
 public:
  LyingSource(std::string text, std::uint64_t claimed)
      : MemorySource(std::move(text)), claimed_(claimed) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return claimed_; }

 private:
  std::uint64_t claimed_;
};

}  // namespace

TEST_CASE("upload: sends Content-Length if the size is known, else chunked") {
  ScriptedServer server(
      {{http_answer(201)}, {http_answer(202)}, {http_answer(202)}, {http_answer(201)}});
  TestClient test;
  const std::string bytes(3'000'000, 'b');
  MemorySource known(bytes);
  CHECK(test.client.send(upload_of(known, server.url()))->status == 201);
  MemorySource unknown(bytes, false);
  CHECK(test.client.send(upload_of(unknown, server.url()))->status == 202);
  CHECK(test.client.send(request_of(Method::post, server.url()))->status == 202);
  auto text = request_of(Method::put, server.url());
  text.body = "text";
  CHECK(test.client.send(text)->status == 201);
  const auto received = server.received();
  CHECK(received.at(0).header("content-length") == "3000000");
  CHECK(received.at(0).body == bytes);
  CHECK(received.at(0).header("expect").empty());
  CHECK(received.at(1).header("content-length").empty());
  CHECK(received.at(1).header("transfer-encoding") == "chunked");
  CHECK(received.at(1).body == bytes);
  CHECK(received.at(2).header("content-length") == "0");
  CHECK(received.at(3).body == "text");
}

TEST_CASE("upload: returns a source's error unchanged without a retry") {
  for (const bool known : {true, false}) {
    CAPTURE(known);
    ScriptedServer server({{http_answer(201)}});
    TestClient test;
    BrokenSource source(known);
    auto request = upload_of(source, server.url());
    request.retry = http::Retry::safe;
    const auto response = test.client.send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "test.source");
    CHECK(response.error().error_class() == ErrorClass::disk);
    CHECK(source.rewinds == 0);
  }
}

TEST_CASE("upload: a source with the wrong size never passes as complete") {
  ScriptedServer server({{http_answer(201)}, {http_answer(201)}});
  TestClient test;
  LyingSource longer("0123456789", 4);
  CHECK(test.client.send(upload_of(longer, server.url()))->status == 201);
  CHECK(server.received().at(0).body == "0123");
  LyingSource shorter("0123456789", 11);
  const auto response = test.client.send(upload_of(shorter, server.url()));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.short-body");
  CHECK(response.error().error_class() == ErrorClass::integrity);
}

TEST_CASE("upload: a response before the end of the body is used") {
  const std::string bytes(20'000'000, 'b');
  for (const int status : {401, 413}) {
    for (const bool hang_up : {false, true}) {
      CAPTURE(status);
      CAPTURE(hang_up);
      const auto answer = http_answer(status, "no", hang_up ? "Connection: close\r\n" : "");
      ScriptedServer server({{.answer = answer, .wait = !hang_up, .before_body = true}});
      TestClient test;
      MemorySource source(bytes);
      const auto response = test.client.send(upload_of(source, server.url()));
      // A reset may overtake the response: then it is a lost connection, and the caller retries the
      // upload.
      if (hang_up && !response) {
        CHECK(response.error().code() == "http.lost");
        continue;
      }
      REQUIRE(response.has_value());
      CHECK(response->status == status);
      CHECK(response->body == "no");
    }
  }
}

TEST_CASE(
    "upload: a server that stops reading times out; a slow response within the limit does not") {
  auto options = quick_options();
  options.limits.idle = milliseconds(150);
  TestClient test(options);
  {
    ScriptedServer server({{.answer = "", .wait = true, .before_body = true}});
    MemorySource source(std::string(50'000'000, 'b'));
    const auto response = test.client.send(upload_of(source, server.url()));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.stall");
    CHECK(response.error().error_class() == ErrorClass::stall);
  }
  for (const bool known : {true, false}) {
    CAPTURE(known);
    ScriptedServer server({{.answer = http_answer(201), .delay = milliseconds(400)}});
    MemorySource source("bytes", known);
    auto request = upload_of(source, server.url());
    request.response_timeout = milliseconds(10'000);
    const auto response = test.client.send(request);
    REQUIRE(response.has_value());
    CHECK(response->status == 201);
  }
}

TEST_CASE("response: rejects a body above the limit; a sink has no limit") {
  const std::string page(5000, 'x');
  ScriptedServer server({{http_answer(200, page)},
                         {http_answer(200, page)},
                         {http_answer(404, page)},
                         {http_answer(200, page)}});
  TestClient test;
  auto request = request_of(Method::get, server.url());
  request.body_limit = 5000;
  CHECK(test.client.send(request)->body == page);
  request.body_limit = 4999;
  auto response = test.client.send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.too-large");
  CHECK(response.error().error_class() == ErrorClass::server);
  CHECK(server.received().size() == 2);
  TextSink sink;
  request.sink = &sink;
  CHECK(test.client.send(request).error().code() == "http.too-large");
  CHECK(test.client.send(request)->status == 200);
  CHECK(sink.text == page);
}

TEST_CASE("response: a sink gets only successful bodies, and its error is returned unchanged") {
  struct FullSink final : http::BodySink {
    base::Result<void> write(std::span<const std::byte>) override {
      return base::Error(ErrorClass::disk, "test.sink", "full");
    }
    void restart() override {}
  } full;
  ScriptedServer server({{http_answer(404, "error")}, {http_answer(200, "bytes")}});
  TestClient test;
  auto request = request_of(Method::get, server.url());
  request.sink = &full;
  CHECK(test.client.send(request)->body == "error");
  const auto response = test.client.send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "test.sink");
}

TEST_CASE("response: rejects endless headers") {
  std::string headers;
  for (int i = 0; i < 300; ++i)
    headers += "X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
  ScriptedServer server({{http_answer(200, "", headers)}});
  TestClient test;
  auto request = request_of(Method::get, server.url());
  const auto response = test.client.send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.too-large");
}

TEST_CASE("response: a truncated response is an error with any framing") {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n", ""}) {
    CAPTURE(answer);
    ScriptedServer server({{answer, true}});
    TestClient test;
    auto request = request_of(Method::get, server.url());
    request.retry = http::Retry::never;
    const auto response = test.client.send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.lost");
    CHECK(response.error().error_class() == ErrorClass::network);
  }
}

TEST_CASE("response: rejects other protocols without a retry") {
  for (const char* answer : {"SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "\x15\x03\x01"}) {
    CAPTURE(answer);
    ScriptedServer server({{answer, true}});
    TestClient test;
    const auto response = test.client.send(request_of(Method::get, server.url()));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.not-http");
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("response: skips interim responses, keeps repeated headers in order, lower-cases names") {
  ScriptedServer server(
      {{"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
        http_answer(200, "b", "WWW-Authenticate: Basic\r\nwww-authenticate:  Bearer \r\nX:\r\n")}});
  TestClient test;
  const auto response = test.client.send(request_of(Method::get, server.url()));
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(response->header("x-interim") == nullptr);
  CHECK(response->header("link") == nullptr);
  CHECK(response->header_all("www-authenticate") ==
        std::vector<std::string_view>{"Basic", "Bearer"});
  REQUIRE(response->header("x") != nullptr);
  CHECK(response->header("x")->empty());
}
