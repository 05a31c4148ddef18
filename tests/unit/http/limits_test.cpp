// Limits of time, and cancellation.
#include <doctest/doctest.h>

#include <future>

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

TEST_CASE("stall: silence, a broken off answer, interim answers without end, and one that drips for ever") {
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
      {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", .delay = milliseconds(20), .later = drops}};
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

TEST_CASE("cancellation: ends a request that waits, and a wait between attempts, at once") {
  auto options = quick_options();
  options.limits.longest_delay = milliseconds(60'000);
  for (const Scripted& scripted :
       {Scripted{.answer = "", .wait = true}, Scripted{http_answer(503, "", "Retry-After: 30\r\n")}}) {
    ScriptedServer server({scripted});
    TestClient test(options);
    auto sending =
        std::async(std::launch::async, [&] { return test.client.send(request_of(Method::get, server.url())); });
    server.wait_for_requests(1);
    const auto begin = Clock::now();
    test.cancellation.request(base::Cancellation::Reason::interrupt);
    const auto response = sending.get();
    CHECK(Clock::now() - begin < milliseconds(500));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().error_class() == ErrorClass::interrupted);
    CHECK(test.client.send(request_of(Method::get, server.url())).error().error_class() == ErrorClass::interrupted);
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("cancellation: an answer is still awaited within the request's grace, and no longer") {
  ScriptedServer server(
      {{.answer = http_answer(202, "", "Location: /1\r\n"), .delay = milliseconds(100)}, {.answer = "", .wait = true}});
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
