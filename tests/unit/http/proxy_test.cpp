// Which proxy the environment names for which host.
#include <doctest/doctest.h>

#include <map>

#include "http/proxy.hpp"

using namespace berth;
using http::Origin;
using http::ProxyVariables;

namespace {

ProxyVariables variables(const std::map<std::string, std::string>& set) {
  return ProxyVariables::from([&](std::string_view name) -> std::optional<std::string> {
    const auto found = set.find(std::string(name));
    return found != set.end() ? std::optional(found->second) : std::nullopt;
  });
}

// "" for none.
std::string proxy_url(const std::map<std::string, std::string>& set, const std::string& url) {
  const auto proxy = http::proxy_for(variables(set), Origin::of(url).value());
  REQUIRE(proxy.has_value());
  return proxy->has_value() ? (*proxy)->url : "";
}

}  // namespace

TEST_CASE("proxy: each scheme has its variable; ALL_PROXY is the fallback") {
  const std::string https = "https://r.example/";
  const std::string http = "http://r.example/";
  const std::map<std::string, std::string> none;
  CHECK(proxy_url(none, https).empty());
  CHECK(proxy_url({{"HTTPS_PROXY", "http://p:1"}}, https) == "http://p:1");
  CHECK(proxy_url({{"HTTPS_PROXY", "http://p:1"}}, http).empty());
  CHECK(proxy_url({{"HTTP_PROXY", "http://p:1"}}, http) == "http://p:1");
  CHECK(proxy_url({{"HTTP_PROXY", "http://p:1"}}, https).empty());
  CHECK(proxy_url({{"https_proxy", "http://p:1"}}, https) == "http://p:1");
  CHECK(proxy_url({{"HTTPS_PROXY", "http://p:1"}, {"https_proxy", "http://p:2"}}, https) ==
        "http://p:1");
  CHECK(proxy_url({{"HTTPS_PROXY", ""}, {"https_proxy", "http://p:2"}}, https) == "http://p:2");
  CHECK(proxy_url({{"ALL_PROXY", "socks5h://p"}}, https) == "socks5h://p:1080");
  CHECK(proxy_url({{"all_proxy", "http://p:1"}}, http) == "http://p:1");
  CHECK(proxy_url({{"ALL_PROXY", "http://p:1"}, {"HTTPS_PROXY", "http://p:2"}}, https) ==
        "http://p:2");
  // The variable that a client of a CGI program controls ("Proxy: evil").
  CHECK(proxy_url({{"HTTP_PROXY", "http://evil:1"}, {"REQUEST_METHOD", "GET"}}, http).empty());
  CHECK(proxy_url({{"http_proxy", "http://p:1"}, {"REQUEST_METHOD", "GET"}}, http) == "http://p:1");
  CHECK(proxy_url({{"HTTPS_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}}, https) ==
        "http://p:1");
}

TEST_CASE("proxy: parses every spelling of the address, and separates its credentials") {
  const std::pair<const char*, const char*> cases[] = {
      {"p", "http://p:80"},
      {"p:3128", "http://p:3128"},
      {"http://p:3128/", "http://p:3128"},
      {"https://p", "https://p:443"},
      {"socks5://p:9", "socks5://p:9"},
      {"HTTP://P.example:1", "http://P.example:1"},
      {"http://[::1]:3128", "http://[::1]:3128"},
      {"user:pass@p:1", "http://p:1"},
  };
  for (const auto& [value, url] : cases)
    CHECK(proxy_url({{"HTTPS_PROXY", value}}, "https://r.example/") == url);

  const auto proxy =
      http::proxy_for(variables({{"https_proxy", "http://us%40er:pa%3Ass%2Fword@p:1"}}),
                      Origin::make(true, "r.example"));
  REQUIRE(proxy.has_value());
  CHECK((*proxy)->username == "us@er");
  CHECK((*proxy)->password.reveal() == "pa:ss/word");
  CHECK((*proxy)->variable == "https_proxy");

  for (const std::string bad :
       {"ftp://p:1", "http://", "http://p:port", "http://p q", "http://user:sesame@p:99999",
        "http://user:sesame", "socks4://user:sesame@p:1", "http://user:%00sesame@p:1"}) {
    CAPTURE(bad);
    const auto refused =
        http::proxy_for(variables({{"HTTPS_PROXY", bad}}), Origin::make(true, "r.example"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == "http.proxy-url");
    CHECK(refused.error().error_class() == base::ErrorClass::network);
    CHECK(refused.error().message().find("HTTPS_PROXY") != std::string::npos);
    CHECK((refused.error().message() + refused.error().cause()).find("sesame") ==
          std::string::npos);
    CHECK((refused.error().fix().find("percent-encode") != std::string::npos) ==
          (bad.find('@') != std::string::npos));
  }
}

TEST_CASE(
    "proxy: accepts an unencoded password, and white space and quotation marks around the value") {
  const struct {
    const char* value;
    const char* url;
    const char* username;
    const char* password;
  } cases[] = {
      {"http://u:p%23w@p:1", "http://p:1", "u", "p#w"},
      {"http://u:p#w@p:1", "http://p:1", "u", "p#w"},
      {"http://u:p@ss@p:1/", "http://p:1", "u", "p@ss"},
      {"http://u:a/b?c@p:1", "http://p:1", "u", "a/b?c"},
      {"u:x:y%z%4@p", "http://p:80", "u", "x:y%z%4"},
      {"http://u:%3a%25@[::1]:1", "http://[::1]:1", "u", ":%"},
      {"http://u@p:1", "http://p:1", "u", ""},
      {" http://p:1\n", "http://p:1", "", ""},
      {"\"http://u:p@p:1\"", "http://p:1", "u", "p"},
      {"'p:1'", "http://p:1", "", ""},
      {"http://p:1/path?x#y", "http://p:1", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.value);
    const auto proxy =
        http::proxy_for(variables({{"HTTPS_PROXY", one.value}}), Origin::make(true, "r.example"));
    REQUIRE(proxy.has_value());
    CHECK((*proxy)->url == one.url);
    CHECK((*proxy)->username == one.username);
    CHECK((*proxy)->password.reveal() == one.password);
  }
  CHECK(proxy_url({{"HTTPS_PROXY", "  "}, {"https_proxy", "p:2"}}, "https://r.example/") ==
        "http://p:2");
  CHECK(proxy_url({{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", "\"r.example,b.example\""}},
                  "https://r.example/")
            .empty());
}

TEST_CASE("no proxy: matches hosts, suffixes, addresses, networks and ports") {
  const struct {
    const char* no_proxy;
    const char* url;
    bool direct;
  } cases[] = {
      {"", "https://r.example/", false},
      {"*", "https://r.example/", true},
      {"*", "https://10.0.0.1/", true},
      {"a,*", "https://r.example/", true},
      {"r.example", "https://r.example/", true},
      {"R.Example", "https://r.EXAMPLE/", true},
      {"r.example", "https://a.r.example/", true},
      {"r.example", "https://notr.example/", false},
      {"r.example", "https://r.example.evil/", false},
      {"example", "https://r.example/", true},
      {".example", "https://r.example/", true},
      {".r.example", "https://r.example/", false},
      {".r.example", "https://a.r.example/", true},
      {"*.r.example", "https://r.example/", false},
      {"*.r.example", "https://a.b.r.example/", true},
      {"r.*", "https://r.example/", false},
      {" a , r.example ", "https://r.example/", true},
      {"a r.example", "https://r.example/", true},
      {",,", "https://r.example/", false},
      {"r.example:443", "https://r.example/", true},
      {"r.example:5000", "https://r.example/", false},
      {"r.example:5000", "https://r.example:5000/", true},
      {".example:5000", "https://r.example:5000/", true},
      {".example:5000", "https://r.example:5001/", false},
      {":5000", "https://r.example:5000/", false},
      {"r.example:80", "http://r.example/", true},
      {"10.0.0.1", "https://10.0.0.1:5000/", true},
      {"10.0.0.1", "https://10.0.0.2/", false},
      {"10.0.0.1:5000", "https://10.0.0.1:5000/", true},
      {"10.0.0.1:5000", "https://10.0.0.1/", false},
      {"0.0.1", "https://10.0.0.1/", false},
      {"10.0.0.0/8", "https://10.200.3.4/", true},
      {"10.0.0.0/8", "https://11.0.0.1/", false},
      {"10.1.0.0/15", "https://10.0.255.1/", true},
      {"10.0.0.0/8", "https://[::ffff:10.1.1.1]/", true},
      {"10.0.0.0/33", "https://10.0.0.1/", false},
      {"10.0.0.0/-1", "https://10.0.0.1/", false},
      {"10.0.0.0/", "https://10.0.0.1/", false},
      {"0.0.0.0/0", "https://8.8.8.8/", true},
      {"0.0.0.0/0", "https://[2a00::1]/", false},
      {"0.0.0.0/0", "https://r.example/", false},
      {"::/0", "https://[2a00::1]/", true},
      {"2a00::/16", "https://[2a00:1::1]:5000/", true},
      {"2a00::/16", "https://[2a01::1]/", false},
      {"2a00::1", "https://[2a00::1]/", true},
      {"[2a00::1]", "https://[2a00:0::1]/", true},
      {"[2a00::1]:5000", "https://[2a00::1]:5000/", true},
      {"[2a00::1]:5000", "https://[2a00::1]/", false},
      {"[2a00::1", "https://[2a00::1]/", false},
      {"", "https://localhost:5000/", true},
      {"", "http://a.localhost/", true},
      {"", "https://127.0.0.5/", true},
      {"", "https://[::1]:5000/", true},
      {"", "https://[::ffff:127.0.0.1]/", true},
  };
  for (const auto& one : cases) {
    CAPTURE(one.no_proxy);
    CAPTURE(one.url);
    CHECK(http::goes_direct(one.no_proxy, Origin::of(one.url).value()) == one.direct);
    CHECK(proxy_url({{"ALL_PROXY", "p:1"}, {"NO_PROXY", one.no_proxy}}, one.url).empty() ==
          one.direct);
  }
}
