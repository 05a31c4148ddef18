// Retries, redirects, and what is never sent.
#include <doctest/doctest.h>

#include "http_test.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using http::Method;
using test::http_answer;
using test::MemorySource;
using test::quick_options;
using test::request_of;
using test::Scripted;
using test::ScriptedServer;
using test::TestClient;
using test::TextSink;

TEST_CASE("retry: repeats after transient responses and lost connections only") {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CAPTURE(status);
    ScriptedServer server({{http_answer(status), true}, {"", true}, {http_answer(200, "yes")}});
    TestClient test;
    const auto response = test.client.send(request_of(Method::get, server.url()));
    REQUIRE(response.has_value());
    CHECK(response->body == "yes");
    CHECK(response->attempts == 3);
  }
  for (const int status : {400, 401, 404, 409, 413, 501, 505}) {
    CAPTURE(status);
    ScriptedServer server({{http_answer(status)}, {http_answer(200)}});
    TestClient test;
    const auto response = test.client.send(request_of(Method::get, server.url()));
    REQUIRE(response.has_value());
    CHECK(response->status == status);
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("retry: returns the last transient response after the maximum number of attempts") {
  ScriptedServer server({{http_answer(503, "a")},
                         {http_answer(502, "b")},
                         {http_answer(500, "c")},
                         {http_answer(200)}});
  TestClient test;
  const auto response = test.client.send(request_of(Method::head, server.url()));
  REQUIRE(response.has_value());
  CHECK(response->status == 500);
  CHECK(response->attempts == 3);
  CHECK(server.received().size() == 3);
}

TEST_CASE("retry: none with Retry::never, or if the source cannot rewind") {
  ScriptedServer server(
      {{http_answer(503)}, {http_answer(503)}, {http_answer(503)}, {http_answer(201)}});
  TestClient test;
  auto once = request_of(Method::put, server.url());
  once.retry = http::Retry::never;
  CHECK(test.client.send(once)->status == 503);
  MemorySource stream("bytes", true, false);
  auto streamed = request_of(Method::put, server.url());
  streamed.source = &stream;
  CHECK(test.client.send(streamed)->status == 503);
  CHECK(stream.rewinds == 1);
  MemorySource file("bytes");
  streamed.source = &file;
  CHECK(test.client.send(streamed)->status == 201);
  CHECK(server.received().at(2).body == "bytes");
  CHECK(server.received().at(3).body == "bytes");
}

TEST_CASE("retry: waits for Retry-After, unless it exceeds the limit") {
  ScriptedServer server({{http_answer(429, "", "Retry-After: 1\r\n")},
                         {http_answer(200)},
                         {http_answer(503, "", "Retry-After: 2\r\n")},
                         {http_answer(200)}});
  TestClient test;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(test.client.send(request_of(Method::get, server.url()))->status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(950));
  CHECK(test.client.send(request_of(Method::get, server.url()))->status == 503);
  CHECK(server.received().size() == 3);
}

TEST_CASE("retry: Retry::not_executed repeats only requests that were not executed or not sent") {
  for (const int status : {429, 503}) {
    CAPTURE(status);
    ScriptedServer server({{http_answer(status, "", "Retry-After: 0\r\n")},
                           {http_answer(201)},
                           {http_answer(status)}});
    TestClient test;
    auto post = request_of(Method::post, server.url());
    post.body = "create";
    post.retry = http::Retry::not_executed;
    const auto created = test.client.send(post);
    CHECK(created->status == 201);
    CHECK(created->attempts == 2);
    CHECK(server.received().at(1).body == "create");
    CHECK(test.client.send(post)->status == status);
    CHECK(server.received().size() == 3);
  }
  for (const Scripted& executed_perhaps :
       {Scripted{"", true}, Scripted{http_answer(500, "", "Retry-After: 0\r\n")},
        Scripted{http_answer(502)}, Scripted{http_answer(408)}}) {
    ScriptedServer server({executed_perhaps, {http_answer(201)}});
    TestClient test;
    auto post = request_of(Method::post, server.url());
    post.retry = http::Retry::not_executed;
    const auto response = test.client.send(post);
    CHECK((!response || response->status != 201));
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("retry: a failed connection means that nothing was executed") {
  auto options = quick_options();
  int retries = 0;
  options.on_retry = [&](const http::RetryEvent&) { ++retries; };
  auto post = request_of(Method::post, "http://127.0.0.1:1/");
  post.retry = http::Retry::not_executed;
  CHECK(TestClient(options).client.send(post).error().code() == "http.unreachable");
  CHECK(retries == 1);
  options.limits.connect_attempts = 1;
  CHECK(TestClient(options).client.send(post).error().code() == "http.unreachable");
  CHECK(retries == 1);
}

TEST_CASE("retry: no attempt begins after the request's deadline") {
  ScriptedServer server({{http_answer(429, "", "Retry-After: 1\r\n")}, {http_answer(200)}});
  TestClient test;
  auto request = request_of(Method::get, server.url());
  request.retry_within = std::chrono::milliseconds(900);
  CHECK(test.client.send(request)->status == 429);
  CHECK(server.received().size() == 1);
}

TEST_CASE("retry: a sink is reset before each attempt") {
  ScriptedServer server({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true},
                         {http_answer(200, "all of it")}});
  TestClient test;
  TextSink sink;
  auto request = request_of(Method::get, server.url());
  request.sink = &sink;
  const auto response = test.client.send(request);
  REQUIRE(response.has_value());
  CHECK(sink.text == "all of it");
  CHECK(response->body.empty());
}

TEST_CASE("redirect: GET and HEAD follow at most five") {
  auto hop = [](int status) {
    return Scripted{http_answer(status, "moved", "Location: /next\r\n")};
  };
  ScriptedServer five(
      {hop(301), hop(302), hop(303), hop(307), hop(308), {http_answer(200, "there")}});
  TestClient test;
  const auto response = test.client.send(request_of(Method::get, five.url("/first")));
  REQUIRE(response.has_value());
  CHECK(response->body == "there");
  CHECK(response->url == five.url("/next"));
  CHECK(five.received().at(5).target == "/next");

  ScriptedServer six(
      {hop(301), hop(301), hop(301), hop(301), hop(301), hop(301), {http_answer(200)}});
  const auto circles = test.client.send(request_of(Method::head, six.url()));
  REQUIRE_FALSE(circles.has_value());
  CHECK(circles.error().code() == "http.redirects");
  CHECK(six.received().size() == 6);
}

TEST_CASE("redirect: follows 301 to 303 only for GET and HEAD, on request, to an http URL") {
  const Scripted moved{http_answer(301, "", "Location: /next\r\n")};
  const Scripted seen{http_answer(303, "", "Location: /next\r\n")};
  ScriptedServer server({moved,
                         moved,
                         seen,
                         seen,
                         {http_answer(307, "", "Location: /next\r\n")},
                         {http_answer(301)}});
  TestClient test;
  for (const auto method : {Method::post, Method::put, Method::patch, Method::del}) {
    CAPTURE(http::method_name(method));
    CHECK(test.client.send(request_of(method, server.url()))->status / 100 == 3);
  }
  auto still = request_of(Method::get, server.url());
  still.follow_redirects = false;
  CHECK(test.client.send(still)->status == 307);
  CHECK(test.client.send(request_of(Method::get, server.url()))->status == 301);

  for (const char* bad : {"file:///etc/passwd", "ftp://localhost/", "http://u:p@localhost/"}) {
    CAPTURE(bad);
    ScriptedServer evil({{http_answer(302, "", "Location: " + std::string(bad) + "\r\n")}});
    const auto response = test.client.send(request_of(Method::get, evil.url()));
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.url");
  }
}

TEST_CASE("redirect: 307 and 308 repeat method and body, without credentials for another origin") {
  ScriptedServer other(
      {{http_answer(201)}, {http_answer(201)}, {http_answer(201)}, {http_answer(201)}});
  ScriptedServer server([&](const test::Received& request) {
    if (request.target == "/same") return Scripted{http_answer(201)};
    const bool same = request.target == "/1";
    return Scripted{http_answer(same ? 308 : 307, "",
                                "Location: " + (same ? "/same" : other.url("/x")) + "\r\n")};
  });
  TestClient test;
  for (const std::string path : {"/1", "/2"}) {
    for (const auto method : {Method::post, Method::put, Method::patch}) {
      CAPTURE(http::method_name(method));
      auto request = request_of(method, server.url(path));
      request.authorization = base::Secret("Bearer t");
      MemorySource source("body");
      if (method == Method::patch) request.source = &source;
      if (method != Method::patch) request.body = "body";
      request.retry = http::Retry::never;
      CHECK(test.client.send(request)->status == 201);
      const auto last = path == "/1" ? server.received().back() : other.received().back();
      CHECK(last.method == http::method_name(method));
      CHECK(last.body == "body");
      CHECK(last.header("authorization") == (path == "/1" ? "Bearer t" : ""));
    }
  }
}

TEST_CASE("redirect: does not repeat a body that cannot be rewound") {
  ScriptedServer server({{http_answer(307, "", "Location: /next\r\n")}});
  TestClient test;
  MemorySource source("body", true, false);
  auto request = request_of(Method::put, server.url());
  request.source = &source;
  CHECK(test.client.send(request)->status == 307);
  CHECK(server.received().size() == 1);
}

TEST_CASE("redirect: sends credentials to their own origin only, not even on the way back") {
  ScriptedServer* back = nullptr;
  ScriptedServer other([&](const test::Received&) {
    return Scripted{http_answer(302, "", "Location: " + back->url("/home") + "\r\n")};
  });
  ScriptedServer home([&](const test::Received& request) {
    if (request.target == "/home") return Scripted{http_answer(200)};
    if (request.target == "/same") return Scripted{http_answer(302, "", "Location: /away\r\n")};
    return Scripted{http_answer(302, "", "Location: " + other.url("/other") + "\r\n")};
  });
  back = &home;
  TestClient test;
  auto request = request_of(Method::get, home.url("/same"));
  request.authorization = base::Secret("Basic c2VjcmV0");
  CHECK(test.client.send(request)->status == 200);
  REQUIRE(home.received().size() == 3);
  CHECK(home.received()[0].header("authorization") == "Basic c2VjcmV0");
  CHECK(home.received()[1].header("authorization") == "Basic c2VjcmV0");
  CHECK(home.received()[2].header("authorization").empty());
  REQUIRE(other.received().size() == 1);
  CHECK(other.received()[0].header("authorization").empty());

  // The same port under another name is another origin.
  ScriptedServer named({{http_answer(
      302, "", "Location: http://localhost:" + std::to_string(home.port()) + "/home\r\n")}});
  auto to_name = request_of(Method::get, named.url());
  to_name.authorization = base::Secret("Basic c2VjcmV0");
  CHECK(test.client.send(to_name)->status == 200);
  CHECK(home.received().at(3).header("authorization").empty());
}

TEST_CASE("headers: rejects control characters before connecting") {
  ScriptedServer server({{http_answer(200)}, {http_answer(200)}});
  TestClient test;
  const http::Header bad[] = {{"X", "a\r\nEvil: 1"}, {"X", "a\nb"}, {"X", std::string("a\0b", 3)},
                              {"X\r\nY", "a"},       {"", "a"},     {"X Y", "a"},
                              {"X:", "a"},           {"X", "\x7f"}};
  for (const auto& header : bad) {
    auto request = request_of(Method::get, server.url());
    request.headers = {header};
    const auto response = test.client.send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().code() == "http.header");
  }
  auto credential = request_of(Method::get, server.url());
  credential.authorization = base::Secret("Basic x\r\nEvil: 1");
  CHECK(test.client.send(credential).error().code() == "http.header");
  CHECK(test.client.send(request_of(Method::get, server.url("/a\r\nEvil: 1"))).error().code() ==
        "http.url");
  CHECK(server.connections() == 0);

  auto good = request_of(Method::get, server.url());
  good.headers = {{"Accept", "a/b, c/d"}, {"X-Empty", ""}, {"X-Text", "caf\xc3\xa9"}};
  CHECK(test.client.send(good)->status == 200);
  const auto request = server.received().at(0);
  CHECK(request.header("accept") == "a/b, c/d");
  CHECK(request.header("x-text") == "caf\xc3\xa9");
  CHECK(std::ranges::count(request.headers, std::pair<std::string, std::string>("x-empty", "")) ==
        1);
  CHECK(request.header("authorization").empty());
}

TEST_CASE("connections: sequential requests reuse one, and a stale one is replaced") {
  ScriptedServer server({{http_answer(200)}, {http_answer(200), true}, {http_answer(200)}});
  TestClient test;
  for (int i = 0; i < 3; ++i)
    CHECK(test.client.send(request_of(Method::get, server.url()))->status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("unix socket: every request uses it, whatever the URL's host") {
  const test::TempDir directory;
  ScriptedServer server({{http_answer(200, "from the socket")}}, directory / "socket");
  auto options = quick_options();
  options.unix_socket = directory / "socket";
  TestClient test(options);
  CHECK(test.client.send(request_of(Method::get, "http://docker/images/json"))->body ==
        "from the socket");
  CHECK(server.received().at(0).header("host") == "docker");

  options.unix_socket = directory / "nothing";
  TestClient unreachable(options);
  const auto response = unreachable.client.send(request_of(Method::get, "http://docker/"));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.unreachable");
  CHECK(response.error().message().find("/nothing") != std::string::npos);
}

TEST_CASE("pool: many threads in parallel each get their own response") {
  ScriptedServer server(
      [](const test::Received& request) { return Scripted{http_answer(200, request.target)}; });
  const base::Cancellation cancellation;
  base::SilentLog log;
  http::ClientPool pool(quick_options(), cancellation, log);
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        for (int j = 0; j < 10; ++j) {
          const auto path = "/" + std::to_string(i) + "/" + std::to_string(j);
          const auto response = pool.send(request_of(Method::get, server.url(path)));
          if (response && response->body == path) ++right;
        }
      });
  }
  CHECK(right == 80);
  CHECK(server.connections() <= 8);
}
