#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "base/secret.hpp"

using namespace berth::base;

TEST_CASE("escape: control characters, deceptive ones and invalid UTF-8 become visible") {
  CHECK(escape("plain é ☃") == "plain é ☃");
  CHECK(escape("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(escape("a\nb") == "a\\x0ab");
  CHECK(escape("\xff\xc3") == "\\xff\\xc3");
  CHECK(escape("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(escape("\xe2\x80\xae") == "\\u{202e}");
  CHECK(escape("\xc2\x85") == "\\u{0085}");
  CHECK(escape("abcdef", 3) == "abc…");
  CHECK(quote("x") == "\"x\"");
}

TEST_CASE("escape: clean text is valid and without control characters") {
  CHECK(is_clean_text("héllo"));
  CHECK_FALSE(is_clean_text("a\tb"));
  CHECK_FALSE(is_clean_text("\xed\xa0\x80"));
  CHECK(replace_invalid_utf8("a\xff") == "a\uFFFD");
}

TEST_CASE("near miss: one candidate, or none") {
  CHECK(near_miss("dokcerhub", {"dockerhub", "default"}) == "dockerhub");
  CHECK(near_miss("pord", {"prod", "staging"}) == "prod");
  CHECK_FALSE(near_miss("xyz", {"prod", "staging"}).has_value());
  CHECK_FALSE(near_miss("bat", {"cat", "hat"}).has_value());
  CHECK_FALSE(near_miss("", {"prod"}).has_value());
}

TEST_CASE("base64: RFC 4648 section 10 and what is refused") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64_encode(plain) == encoded);
    CHECK(base64_decode(encoded) == plain);
  }
  CHECK(base64_decode("Zg") == "f");
  for (const char* bad : {"Z", "Zh==", "Zg=", "Z===", "Zg==Zg==", "Z g=", "Zm9v\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(base64_decode(bad).has_value());
  }
}

TEST_CASE("secret: moves away whole") {
  Secret secret("hunter2");
  Secret other = std::move(secret);
  CHECK(other.reveal() == "hunter2");
  CHECK(secret.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  CHECK(other.clone().reveal() == "hunter2");
}
