// Routes of requests, and forbidden addresses: proxies, the guard, IPv6.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "base/base64.hpp"
#include "http/dial_guard.hpp"
#include "http_test.hpp"
#include "support/free_port.hpp"

using namespace berth;
using base::ErrorClass;
using http::AddressKind;
using http::AddressPolicy;
using http::Method;
using test::http_answer;
using test::quick_options;
using test::Received;
using test::request_of;
using test::Scripted;
using test::ScriptedServer;
using test::TestClient;

namespace {

http::ClientOptions through(const std::string& proxy, const std::string& no_proxy = {}) {
  auto options = quick_options();
  options.proxies = {{"HTTPS_PROXY", proxy}, {"http_proxy", proxy}, no_proxy};
  return options;
}

std::string address_of(const ScriptedServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

http::Request guarded(const std::string& url, AddressPolicy rule = AddressPolicy::global_only()) {
  auto request = request_of(Method::get, url);
  request.addresses = rule;
  return request;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A socket that listens on [::1]:`port` and never accepts a connection.
platform::UniqueFd silent_listener(int port) {
  platform::UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  address.sin6_addr = in6addr_loopback;
  const int only = 1;
  ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 0) != 0)
    fd.reset();
  return fd;
}

}  // namespace

TEST_CASE("proxy: sends http requests with the proxy's credentials, apart from the registry's") {
  ScriptedServer proxy({{http_answer(200, "via")}, {http_answer(200)}});
  TestClient test(through("http://us%40er:sesame@" + address_of(proxy), "direct.invalid"));
  auto request = request_of(Method::get, "http://r.invalid:5000/v2/");
  request.authorization = base::Secret("Bearer token");
  const auto response = test.client.send(request);
  REQUIRE(response.has_value());
  CHECK(response->body == "via");
  CHECK(response->address == AddressKind::global);
  const auto received = proxy.received().at(0);
  CHECK(received.target == "http://r.invalid:5000/v2/");
  CHECK(received.header("proxy-authorization") == "Basic " + base::base64_encode("us@er:sesame"));
  CHECK(received.header("authorization") == "Bearer token");

  const auto direct = test.client.send(request_of(Method::get, "http://direct.invalid/"));
  REQUIRE_FALSE(direct.has_value());
  CHECK(direct.error().code() == "http.no-such-host");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("proxy: ignores libcurl's own reading of the environment") {
  ScriptedServer server({{http_answer(200)}, {http_answer(200)}});
  ScriptedServer proxy(std::vector<Scripted>{});
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ::setenv("NO_PROXY", "r.invalid", 1);
  TestClient test;
  CHECK(test.client.send(request_of(Method::get, server.url()))->status == 200);
  TestClient other(through(server.url()));
  CHECK(other.client.send(request_of(Method::get, "http://r.invalid/"))->status == 200);
  ::unsetenv("http_proxy");
  ::unsetenv("NO_PROXY");
  CHECK(proxy.connections() == 0);
}

TEST_CASE("proxy: reports proxy errors distinctly from registry errors") {
  const std::string hidden = "sesame";
  const struct {
    const char* answer;
    const char* url;
    const char* code;
    int connections;
  } cases[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
       "realm=p\r\nContent-Length: 0\r\n\r\n",
       "https://r.invalid/", "http.proxy-auth", 1},
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
       "realm=p\r\nContent-Length: 0\r\n\r\n",
       "http://r.invalid/", "http.proxy-auth", 1},
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "https://r.invalid/", "http.proxy",
       1},
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "https://r.invalid/", "http.proxy",
       2},
  };
  for (const auto& one : cases) {
    CAPTURE(one.url);
    CAPTURE(one.answer);
    ScriptedServer proxy([&](const Received&) { return Scripted{one.answer, true}; });
    TestClient test(through("http://user:" + hidden + "@" + address_of(proxy)));
    auto request = request_of(Method::get, one.url);
    request.authorization = base::Secret("Bearer token");
    const auto response = test.client.send(request);
    REQUIRE_FALSE(response.has_value());
    const auto& error = response.error();
    CHECK(error.code() == one.code);
    CHECK(error.error_class() == ErrorClass::network);
    CHECK(has(error.message(), address_of(proxy)));
    CHECK(has(error.fix(), has(one.url, "https") ? "HTTPS_PROXY" : "http_proxy"));
    CHECK_FALSE(has(error.message() + error.cause() + error.fix(), hidden));
    CHECK(proxy.connections() == one.connections);
    // Headers for the registry stay inside the tunnel.
    if (has(one.url, "https")) CHECK(proxy.received().at(0).header("authorization").empty());
  }
  TestClient test(through("http://127.0.0.1:" + std::to_string(test::free_port())));
  const auto unreachable = test.client.send(request_of(Method::get, "https://r.invalid/"));
  REQUIRE_FALSE(unreachable.has_value());
  CHECK(unreachable.error().code() == "http.proxy-unreachable");
  TestClient nowhere(through("http://proxy.invalid:1"));
  const auto unknown = nowhere.client.send(request_of(Method::get, "https://r.invalid/"));
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == "http.proxy-unreachable");
  TestClient wrong(through("ftp://proxy.invalid:1"));
  CHECK(wrong.client.send(request_of(Method::get, "https://r.invalid/")).error().code() ==
        "http.proxy-url");
}

TEST_CASE("guard: never connects to a forbidden address, whatever the name") {
  ScriptedServer server([](const Received&) { return Scripted{http_answer(200)}; });
  const auto port = std::to_string(server.port());
  for (const std::string host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"}) {
    CAPTURE(host);
    TestClient test;
    const auto url = "http://" + host + ":" + port + "/";
    for (const auto rule :
         {AddressPolicy::global_only(), AddressPolicy::allowed_from(AddressKind::private_network),
          AddressPolicy::allowed_from(AddressKind::link_local)}) {
      const auto refused = test.client.send(guarded(url, rule));
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code() == "http.address");
      CHECK(refused.error().error_class() == ErrorClass::server);
    }
    CHECK(server.connections() == 0);
  }
  TestClient test;
  const auto allowed =
      test.client.send(guarded(server.url(), AddressPolicy::allowed_from(AddressKind::loopback)));
  REQUIRE(allowed.has_value());
  CHECK(allowed->address == AddressKind::loopback);
}

TEST_CASE("guard: checks the resolved address when connecting and when reusing a connection") {
  ScriptedServer server([](const Received&) { return Scripted{http_answer(200)}; });
  const auto host = "r.example:" + std::to_string(server.port());
  const http::CurlList resolved(curl_slist_append(nullptr, (host + ":127.0.0.1").c_str()));
  const http::CurlEasy easy(curl_easy_init());
  auto get = [&](http::DialGuard& guard) {
    curl_easy_reset(easy.get());  // connections are kept
    curl_easy_setopt(easy.get(), CURLOPT_URL, ("http://" + host + "/").c_str());
    curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, resolved.get());
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    guard.attach(easy.get());
    return curl_easy_perform(easy.get());
  };
  http::DialGuard strict(AddressPolicy::global_only());
  CHECK(get(strict) == CURLE_COULDNT_CONNECT);
  CHECK(strict.refused() == AddressKind::loopback);
  CHECK(server.connections() == 0);

  http::DialGuard lax(AddressPolicy::everything());
  CHECK(get(lax) == CURLE_OK);
  CHECK_FALSE(lax.refused().has_value());
  http::DialGuard again(AddressPolicy::global_only());
  CHECK(get(again) == CURLE_ABORTED_BY_CALLBACK);
  CHECK(again.refused() == AddressKind::loopback);
  http::DialGuard near(AddressPolicy::allowed_from(AddressKind::loopback));
  CHECK(get(near) == CURLE_OK);
  CHECK(server.received().size() == 2);
}

TEST_CASE("guard: a redirect is limited to the redirecting host's addresses, without credentials") {
  ScriptedServer target([](const Received&) { return Scripted{http_answer(200, "there")}; });
  ScriptedServer registry([&](const Received& received) {
    const std::string to =
        received.target == "/near" ? target.url("/x") : "http://169.254.169.254/latest/meta-data";
    return Scripted{http_answer(307, "", "Location: " + to + "\r\n")};
  });
  TestClient test;
  auto request = request_of(Method::get, registry.url("/near"));
  request.authorization = base::Secret("Bearer token");
  const auto followed = test.client.send(request);
  REQUIRE(followed.has_value());
  CHECK(followed->body == "there");
  CHECK(target.received().at(0).header("authorization").empty());

  const auto far = test.client.send(request_of(Method::get, registry.url("/far")));
  REQUIRE_FALSE(far.has_value());
  CHECK(far.error().code() == "http.address");
  CHECK(far.error().error_class() == ErrorClass::server);

  // Through a proxy the registry may have any address: numeric addresses that it names are checked
  // all the same.
  ScriptedServer proxy([&](const Received&) {
    return Scripted{http_answer(302, "", "Location: " + target.url("/y") + "\r\n")};
  });
  TestClient proxied(through(proxy.url()));
  const auto steered = proxied.client.send(request_of(Method::get, "http://r.invalid/"));
  REQUIRE_FALSE(steered.has_value());
  CHECK(steered.error().code() == "http.address");
  CHECK(target.received().size() == 1);
}

TEST_CASE("ipv6: falls back from an address that refuses or does not respond") {
  ScriptedServer server([](const Received&) { return Scripted{http_answer(200)}; });
  // The port is closed at [::1].
  TestClient test;
  CHECK(test.client.send(request_of(Method::get, "http://" + server.host() + "/"))->status == 200);
  // Listens, but does not respond: its queue is full.
  const auto silent = silent_listener(server.port());
  if (!silent) return;  // a machine without IPv6
  std::vector<platform::UniqueFd> queue;
  for (int i = 0; i < 4; ++i) {
    queue.emplace_back(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(server.port()));
    address.sin6_addr = in6addr_loopback;
    // Immediately while the queue has room, then never.
    static_cast<void>(
        ::connect(queue.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  TestClient other;
  const auto response = other.client.send(request_of(Method::get, "http://" + server.host() + "/"));
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(response->address == AddressKind::loopback);
}
