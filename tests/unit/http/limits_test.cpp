// Timeouts and cancellation.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "http/retry_policy.hpp"
#include "platform/unique_fd.hpp"

#include "http_test.hpp"

using namespace berth;
using base::ErrorClass;
using http::Method;
using test::http_answer;
using test::quick_options;
using test::request_of;
using test::Scripted;
using test::ScriptedServer;
using test::TestClient;

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

// A peer that reads `size` bytes at a slow, steady rate from a small receive buffer, responds with
// 201 and closes.
class SlowReader {
 public:
  explicit SlowReader(std::size_t size)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 4096;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), generic, length) == 0);
    REQUIRE(::getsockname(listener_.get(), generic, &length) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, size] { serve(size); });
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/";
  }

 private:
  void serve(std::size_t size) const {
    const platform::UniqueFd connection(::accept(listener_.get(), nullptr, nullptr));
    std::string piece(size / 20, '\0');
    for (std::size_t read = 0; read < size;) {
      const auto count = ::read(connection.get(), piece.data(), piece.size());
      if (count <= 0) return;
      read += static_cast<std::size_t>(count);
      ::poll(
          nullptr, 0,
          static_cast<int>(40 * count / static_cast<long>(piece.size())));  // a rate, not a signal
    }
    const auto response = http_answer(201);
    [[maybe_unused]] const auto written =
        ::write(connection.get(), response.data(), response.size());
  }

  platform::UniqueFd listener_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace

TEST_CASE(
    "stall: detects silence, truncated responses, endless interim responses and endless dripping") {
  auto options = quick_options();
  options.limits.attempts = 1;
  options.limits.idle = milliseconds(150);
  options.limits.answer = milliseconds(300);
  const std::vector<std::string> interim(100, "HTTP/1.1 102 Processing\r\n\r\n");
  const std::vector<std::string> drops(100, "x");
  const Scripted cases[] = {
      {.answer = "", .wait = true},
      {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .wait = true},
      {.answer = "", .delay = milliseconds(20), .later = interim},
      {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
       .delay = milliseconds(20),
       .later = drops}};
  for (const auto& scripted : cases) {
    CAPTURE(scripted.answer);
    ScriptedServer server({scripted});
    TestClient test(options);
    const auto begin = Clock::now();
    const auto response = test.client.send(request_of(Method::get, server.url()));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.stall");
    CHECK(response.error().error_class() == ErrorClass::stall);
    CHECK(Clock::now() - begin < milliseconds(1500));
  }
}

TEST_CASE("stall: a response below the minimum rate times out") {
  auto options = quick_options();
  options.limits.attempts = 1;
  options.limits.idle = milliseconds(300);
  ScriptedServer server({{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n",
                          .delay = milliseconds(20),
                          .later = std::vector<std::string>(1000, "x")}});
  TestClient test(options);
  const auto response = test.client.send(request_of(Method::get, server.url()));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.stall");
  CHECK(response.error().cause().find("bytes/s") != std::string::npos);
}

TEST_CASE("stall: a timeout is retried once, not as often as a lost connection") {
  auto options = quick_options();
  options.limits.attempts = 5;
  options.limits.idle = milliseconds(100);
  ScriptedServer server([](const test::Received&) { return Scripted{.answer = "", .wait = true}; });
  TestClient test(options);
  CHECK(test.client.send(request_of(Method::get, server.url())).error().code() == "http.stall");
  CHECK(server.received().size() == 2);
}

TEST_CASE("stall: the response timeout begins when the peer has received the body") {
  const std::string bytes(400'000, 'b');
  const SlowReader peer(bytes.size());
  TestClient test;
  auto request = request_of(Method::put, peer.url());
  request.body = bytes;
  request.retry = http::Retry::never;
  request.response_timeout = milliseconds(400);
  const auto response = test.client.send(request);
  REQUIRE_MESSAGE(response.has_value(), response.error().message());
  CHECK(response->status == 201);
}

TEST_CASE("stall: a peer that reads the end of a body too slowly times out") {
  const std::string bytes(400'000, 'b');
  const SlowReader peer(bytes.size());
  auto options = quick_options();
  options.limits.idle = milliseconds(200);
  options.limits.min_rate = 2'000'000;  // the peer reads a quarter of it
  TestClient test(options);
  auto request = request_of(Method::put, peer.url());
  request.body = bytes;
  request.retry = http::Retry::never;
  request.response_timeout = milliseconds(400);
  const auto response = test.client.send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.stall");
  CHECK(response.error().cause().find("bytes/s") != std::string::npos);
}

TEST_CASE("stall: an endless response is not requested again") {
  auto options = quick_options();
  options.limits.idle = milliseconds(150);
  options.limits.answer = milliseconds(300);
  ScriptedServer server([](const test::Received&) {
    return Scripted{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n",
                    .delay = milliseconds(10),
                    .later = std::vector<std::string>(1000, "xxxxxxxxxx")};
  });
  TestClient test(options);
  const auto response = test.client.send(request_of(Method::get, server.url()));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.stall");
  CHECK(server.received().size() == 1);
}

TEST_CASE("retry: an error returns how often its request may still be sent") {
  for (const auto retry : {http::Retry::safe, http::Retry::never}) {
    ScriptedServer server(
        [](const test::Received&) { return Scripted{.answer = "", .hang_up = true}; });
    TestClient test;
    auto request = request_of(Method::get, server.url());
    request.retry = retry;
    const auto response = test.client.send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.lost");
    CHECK(response.error().max_attempts() == (retry == http::Retry::safe ? 1 : 3));
    CHECK(server.received().size() == (retry == http::Retry::safe ? 3 : 1));
  }
}

TEST_CASE(
    "retry policy: counts attempts, reports retries, stops at the last attempt or on "
    "cancellation") {
  http::Limits limits = quick_options().limits;
  std::vector<http::RetryEvent> events;
  const http::RetryObserver observer = [&](const http::RetryEvent& event) {
    events.push_back(event);
  };
  base::Cancellation cancellation;
  base::SilentLog log;
  http::RetryPolicy policy(limits, observer, cancellation, log);
  const auto delay = policy.next_delay(2, std::nullopt);
  REQUIRE(delay.has_value());
  CHECK_FALSE(policy.next_delay(1, std::nullopt).has_value());
  CHECK_FALSE(policy.next_delay(2, milliseconds(1501)).has_value());
  CHECK(policy.wait(*delay, 2, "lost"));
  CHECK(policy.attempt() == 2);
  REQUIRE(events.size() == 1);
  CHECK(events[0].attempt == 2);
  CHECK(events[0].attempts == 2);
  CHECK(events[0].reason == "lost");
  CHECK_FALSE(policy.next_delay(2, std::nullopt).has_value());
  cancellation.request(base::Cancellation::Reason::interrupt);
  CHECK_FALSE(policy.wait(milliseconds(60'000), 3, "lost"));
}

TEST_CASE("cancellation: stops a waiting request, and a wait between attempts, immediately") {
  auto options = quick_options();
  options.limits.max_retry_after = milliseconds(60'000);
  for (const Scripted& scripted : {Scripted{.answer = "", .wait = true},
                                   Scripted{http_answer(503, "", "Retry-After: 30\r\n")}}) {
    ScriptedServer server({scripted});
    TestClient test(options);
    auto sending = std::async(std::launch::async, [&] {
      return test.client.send(request_of(Method::get, server.url()));
    });
    server.wait_for_requests(1);
    const auto begin = Clock::now();
    test.cancellation.request(base::Cancellation::Reason::interrupt);
    const auto response = sending.get();
    CHECK(Clock::now() - begin < milliseconds(500));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().error_class() == ErrorClass::interrupted);
    CHECK(test.client.send(request_of(Method::get, server.url())).error().error_class() ==
          ErrorClass::interrupted);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("cancellation: waits for a response only within the request's grace period") {
  ScriptedServer server(
      {{.answer = http_answer(202, "", "Location: /1\r\n"), .delay = milliseconds(100)},
       {.answer = "", .wait = true}});
  for (const bool answers : {true, false}) {
    TestClient test;
    auto request = request_of(Method::post, server.url());
    request.cancel_grace = milliseconds(answers ? 5000 : 150);
    auto sending = std::async(std::launch::async, [&] { return test.client.send(request); });
    server.wait_for_requests(answers ? 1 : 2);
    test.cancellation.request(base::Cancellation::Reason::terminate);
    const auto response = sending.get();
    REQUIRE(response.has_value() == answers);
    if (answers) CHECK(response->status == 202);
    if (!answers) CHECK(response.error().error_class() == ErrorClass::interrupted);
  }
}
