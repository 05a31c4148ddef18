// Origins and URLs: credentials are bound to an origin, and URLs come from untrusted servers.
#include <doctest/doctest.h>

#include "base/redact.hpp"
#include "http/origin.hpp"
#include "http/retry_policy.hpp"

using namespace berth;
using http::Origin;
using namespace std::string_view_literals;

TEST_CASE("origin: moves a URL to another origin, with its path and query") {
  const auto own = http::Origin::make(true, "r.example:5000");
  CHECK(http::at_origin("http://r.example/v2/a?x=/1#f", own) ==
        "https://r.example:5000/v2/a?x=/1#f");
  CHECK(http::at_origin("http://internal:80?x=1", own) == "https://r.example:5000/?x=1");
  CHECK(http::at_origin("http://internal", own) == "https://r.example:5000/");
  CHECK(http::path_and_query("https://r.example/a//b") == "/a//b");
}

TEST_CASE("origin: normalizes scheme, host and port") {
  const struct {
    const char* url;
    const char* origin;
  } cases[] = {
      {"https://ghcr.io/v2/", "https://ghcr.io"},
      {"HTTPS://GHCR.IO", "https://ghcr.io"},
      {"https://ghcr.io:443/", "https://ghcr.io"},
      {"https://ghcr.io:5000/a?b=c#d", "https://ghcr.io:5000"},
      {"http://localhost:80", "http://localhost"},
      {"http://localhost:5000/v2/", "http://localhost:5000"},
      {"http://[::1]:5000/v2/", "http://[::1]:5000"},
      {"http://127.0.0.1/", "http://127.0.0.1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.url);
    const auto origin = Origin::of(one.url);
    REQUIRE(origin.has_value());
    CHECK(origin->str() == one.origin);
  }
}

TEST_CASE("origin: rejects other URLs, user information and control characters") {
  for (const std::string url : {"",
                                "ghcr.io",
                                "/v2/",
                                "ftp://ghcr.io/",
                                "file:///etc/passwd",
                                "unix:///run/docker.sock",
                                "https://",
                                "https://user@ghcr.io/",
                                "https://user:pass@ghcr.io/",
                                "https://ghcr.io:0x50/",
                                "https://ghcr.io:99999/",
                                "https://ghcr.io/a b",
                                "https://ghcr.io/a\r\nHost: evil",
                                "https://ghcr.io\tx/",
                                "http://[fe80::1%25lo]/",
                                "http://[fe80::1%lo]:5000/",
                                "https://gh%01cr.io/",
                                "https://gh%0d%0acr.io/",
                                "https://gh%cbcr.io/",
                                "https://ghcr%25.io/",
                                "https://ghcr.io%2f.evil.example/",
                                "https://gh\x01"
                                "cr.io/"}) {
    CAPTURE(url);
    const auto origin = Origin::of(url);
    REQUIRE_FALSE(origin.has_value());
    CHECK(origin.error().code() == "http.url");
    CHECK(origin.error().error_class() == base::ErrorClass::server);
  }
  CHECK_FALSE(Origin::of("https://good.example\0.evil.example/"sv).has_value());
}

TEST_CASE("origin: any difference in scheme, host or port makes another one") {
  const auto origin = Origin::make(true, "registry.example");
  CHECK(origin == Origin::of("https://REGISTRY.example:443/v2/").value());
  CHECK(Origin::make(false, "[::1]:5000") == Origin::of("http://[::1]:5000/").value());
  CHECK(Origin::make(true, "[::1]") == Origin::of("https://[::1]/").value());
  for (const char* other :
       {"http://registry.example/", "https://registry.example:444/", "https://a.registry.example/",
        "https://registry.example.evil/", "https://registry.example./"}) {
    CAPTURE(other);
    CHECK(origin != Origin::of(other).value());
  }
}

TEST_CASE("url: resolves a Location against the request's URL") {
  const std::string base = "https://r.example:5000/v2/a/b/blobs/uploads/?mount=x";
  const std::pair<const char*, const char*> cases[] = {
      {"/v2/a/b/blobs/uploads/1?_state=y",
       "https://r.example:5000/v2/a/b/blobs/uploads/1?_state=y"},
      {"1", "https://r.example:5000/v2/a/b/blobs/uploads/1"},
      {"../1", "https://r.example:5000/v2/a/b/blobs/1"},
      {"?state=2", "https://r.example:5000/v2/a/b/blobs/uploads/?state=2"},
      {"https://storage.example/1?sig=z", "https://storage.example/1?sig=z"},
      {"http://storage.example/1", "http://storage.example/1"},
  };
  for (const auto& [reference, url] : cases) {
    const auto resolved = http::resolve_url(base, reference);
    REQUIRE(resolved.has_value());
    CHECK(*resolved == url);
  }
  for (const std::string reference :
       {"ftp://x/", "https://u:p@x/", "file:///etc/passwd", "/a\x01", "https://x:y/"}) {
    CAPTURE(reference);
    const auto resolved = http::resolve_url(base, reference);
    REQUIRE_FALSE(resolved.has_value());
    CHECK(resolved.error().code() == "http.url");
  }
}

TEST_CASE("url: redacts possible secrets") {
  const std::pair<const char*, const char*> cases[] = {
      {"https://r.example/v2/", "https://r.example/v2/"},
      {"https://user:pass@r.example/v2/", "https://r.example/v2/"},
      {"https://r.example/v2/@x", "https://r.example/v2/@x"},
      {"https://r.example/1?digest=sha256:ab&sig=secret",
       "https://r.example/1?digest=sha256:ab&sig=…"},
      {"https://r.example/1?_state=secret", "https://r.example/1?_state=…"},
      {"https://r.example/1?flag&token=a=b&from=x", "https://r.example/1?flag&token=…&from=x"},
      {"https://r.example/1?X-Amz-Signature=secret#x", "https://r.example/1?X-Amz-Signature=…"},
      {"u:p@r.example?k=secret", "r.example?k=…"},
      {"", ""},
  };
  for (const auto& [url, shown] : cases) {
    CHECK(base::redact_url(url) == shown);
  }
}

TEST_CASE("retry policy: Retry-After in seconds and as a date") {
  using std::chrono::milliseconds;
  CHECK(http::parse_retry_after("0") == milliseconds(0));
  CHECK(http::parse_retry_after("120") == milliseconds(120'000));
  CHECK(http::parse_retry_after("99999999999999999999") == milliseconds(86'400'000));
  CHECK(http::parse_retry_after("1000000") == milliseconds(86'400'000));
  CHECK(http::parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == milliseconds(0));
  CHECK(http::parse_retry_after("Thu, 21 Oct 2100 07:28:00 GMT") == milliseconds(86'400'000));
  for (const std::string junk : {"", "-5", "soon", "12 s", "1.5"}) {
    CAPTURE(junk);
    CHECK_FALSE(http::parse_retry_after(junk).has_value());
  }
}

TEST_CASE("retry policy: X-Retry-After in seconds and as a Unix timestamp") {
  using std::chrono::milliseconds;
  const auto delay = [](const std::string& name, const std::string& value) {
    http::Response response;
    response.status = 429;
    response.headers = {{name, value}};
    CHECK(http::is_not_executed(response) == http::retry_after(response).has_value());
    return http::retry_after(response);
  };
  CHECK(delay("x-retry-after", "7") == milliseconds(7'000));
  CHECK(delay("x-retry-after", "1768478460") == milliseconds(0));  // in the past
  const auto soon = delay("x-retry-after", std::to_string(std::time(nullptr) + 60));
  REQUIRE(soon.has_value());
  CHECK(soon->count() > 50'000);
  CHECK(soon->count() <= 60'000);
  CHECK_FALSE(delay("x-retry-after", "soon").has_value());
  CHECK_FALSE(delay("x-other", "7").has_value());
}

TEST_CASE(
    "retry policy: the delay doubles up to a cap, half of it random; Retry-After takes "
    "precedence") {
  using std::chrono::milliseconds;
  const http::Limits limits;
  const long whole[] = {500, 1000, 2000, 4000, 8000, 15'000, 15'000};
  for (int attempt = 1; attempt <= 7; ++attempt)
    for (int i = 0; i < 50; ++i) {
      const auto delay = http::retry_delay(limits, attempt, std::nullopt);
      REQUIRE(delay.has_value());
      CHECK(delay->count() >= whole[attempt - 1] / 2);
      CHECK(delay->count() <= whole[attempt - 1]);
    }
  CHECK(http::retry_delay(limits, 1'000'000, std::nullopt)->count() <= 15'000);
  for (int i = 0; i < 50; ++i) {
    CHECK(http::retry_delay(limits, 1, milliseconds(3000)) >= milliseconds(3000));
    CHECK(http::retry_delay(limits, 1, milliseconds(3000)) <= milliseconds(3300));
  }
  CHECK(http::retry_delay(limits, 1, milliseconds(0))->count() >= 250);
  CHECK(http::retry_delay(limits, 1, milliseconds(60'000)).has_value());
  CHECK_FALSE(http::retry_delay(limits, 1, milliseconds(60'001)).has_value());
}
