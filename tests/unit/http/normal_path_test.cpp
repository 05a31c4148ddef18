// Which paths of a plugin's request mean the same to every server and proxy.
#include <doctest/doctest.h>

#include <string>

#include "http/normal_path.hpp"

using berth::http::check_normal_path;

TEST_CASE("normal path: accepts unambiguous paths") {
  for (const char* path :
       {"/", "/v2/", "/v2/acme/app/tags/list", "/v2/acme/app/tags/list?n=10&last=a%2Fb",
        "/acr/v1/a%20b", "/a;v=1/b", "/a/...", "/.well-known/x", "/a%C3%A9", "/a/b?c=/../d"})
    CHECK_MESSAGE(check_normal_path(path), std::string(path));
}

TEST_CASE("normal path: rejects paths that normalisation or double decoding would change") {
  for (const char* path :
       {"",          "a",        "//",          "//v2/",   "/a//b",    "/./v2/",
        "/../v2/",   "/a/.",     "/a/..",       "/a/../b", "/..;/v2/", "/a/..;x=1/b",
        "/.;/a",     "/%76%32/", "/%2e%2e/v2/", "/%2E/v2", "/a%2fb",   "/a%2Fb",
        "/a%5cb",    "/a%252fb", "/a%",         "/a%2",    "/a%zz",    "/a%00",
        "/a%0d%0aX", "/a%7f",    "/a%20%3bb",   "/a\\b",   "/a b",     "/a\tb",
        "/a\nb",     "/a#b",     "/a\x80",      "/a?b#c",  "/a?b c",   "/a?\r\n",
        "/a%41"}) {
    const auto checked = check_normal_path(path);
    REQUIRE_MESSAGE(!checked, std::string(path));
    CHECK(checked.error().code() == "http.path");
  }
}
