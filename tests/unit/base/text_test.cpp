#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <ostream>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "base/redact.hpp"
#include "base/secret.hpp"

using namespace berth::base;

TEST_CASE("escape: makes control characters, bidirectional ones and invalid UTF-8 visible") {
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

TEST_CASE("escape: clean text is valid UTF-8 without control characters") {
  CHECK(is_clean_text("héllo"));
  CHECK_FALSE(is_clean_text("a\tb"));
  CHECK_FALSE(is_clean_text("\xed\xa0\x80"));
  CHECK(replace_invalid_utf8("a\xff") == "a\uFFFD");
}

TEST_CASE("near miss: returns one candidate or none") {
  CHECK(near_miss("dokcerhub", {"dockerhub", "default"}) == "dockerhub");
  CHECK(near_miss("pord", {"prod", "staging"}) == "prod");
  CHECK(near_miss("PROD", {"prod", "staging"}) == "prod");
  CHECK_FALSE(near_miss("xyz", {"prod", "staging"}).has_value());
  CHECK_FALSE(near_miss("bat", {"cat", "hat"}).has_value());
  CHECK_FALSE(near_miss("", {"prod"}).has_value());
}

TEST_CASE("base64: matches RFC 4648 section 10 and rejects invalid input") {
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

TEST_CASE("secret: moving leaves nothing behind") {
  Secret secret("hunter2");
  Secret other = std::move(secret);
  CHECK(other.reveal() == "hunter2");
  CHECK(secret.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  CHECK(other.clone().reveal() == "hunter2");
}

namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& left, const T& right) {
  left == right;
};

}  // namespace

TEST_CASE("secret: cannot be printed, formatted, compared or copied") {
  CHECK_FALSE(Printable<Secret>);
  CHECK_FALSE(fmt::is_formattable<Secret>::value);
  CHECK_FALSE(Comparable<Secret>);
  CHECK_FALSE(std::is_copy_constructible_v<Secret>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
}

TEST_CASE("secret: wipes a short secret, which is stored in the object itself") {
  alignas(Secret) unsigned char place[sizeof(Secret)];
  const std::string password = "hunter2";
  const auto holds_password = [&] {
    return std::search(std::begin(place), std::end(place), password.begin(), password.end()) !=
           std::end(place);
  };
  auto* secret = new (place) Secret(password);
  CHECK(holds_password());
  const Secret moved = std::move(*secret);
  CHECK_FALSE(holds_password());
  *secret = Secret(password);
  CHECK(holds_password());
  secret->~Secret();
  CHECK_FALSE(holds_password());
}

TEST_CASE("secret: assignment wipes the old value, and self-assignment is safe") {
  Secret secret("first");
  secret = Secret("second");
  CHECK(secret.reveal() == "second");
  Secret& same = secret;
  secret = std::move(same);
  CHECK(secret.reveal() == "second");
  CHECK(Secret().empty());
}

TEST_CASE("escape: truncates at a character boundary; a zero limit leaves only the mark") {
  CHECK(escape("aéb", 2) == "a…");
  CHECK(escape("aéb", 3) == "aé…");
  CHECK(escape("aéb", 4) == "aéb");
  CHECK(escape("\x1b", 3) == "…");
  CHECK(escape("x", 0) == "…");
  CHECK(escape("", 0).empty());
  CHECK(escape(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(escape("\xf4\x90\x80\x80").find("\\xf4") == 0);
  CHECK(escape("\xe2\x80\xa8") == "\\u{2028}");
}

TEST_CASE("near miss: excludes equal, distant and very long candidates") {
  CHECK_FALSE(near_miss("prod", {"prod"}).has_value());
  CHECK(near_miss("prods", {"prod", "prod"}) == "prod");
  CHECK_FALSE(near_miss("prod", {}).has_value());
  CHECK_FALSE(near_miss("ab", {"xy"}).has_value());
  CHECK(near_miss("pusj", {"push", "check"}) == "push");
  CHECK_FALSE(near_miss(std::string(200, 'a'), {std::string(200, 'a') + "b"}).has_value());
  CHECK_FALSE(near_miss("a", {std::string(10'000, 'a')}).has_value());
}

TEST_CASE("base64: round-trips every byte") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t length = 250; length <= all.size(); ++length)
    CHECK(base64_decode(base64_encode(all.substr(0, length))) == all.substr(0, length));
  CHECK(base64_encode("\xfb\xff") == "+/8=");
  CHECK_FALSE(base64_decode("-_8=").has_value());
  CHECK_FALSE(base64_decode("====").has_value());
  CHECK_FALSE(base64_decode("Zg===").has_value());
}

TEST_CASE("base64: the lenient form accepts the output of other tools") {
  for (const char* same : {"dTpw", "dTpw\n", "dT\r\npw", " dTpw ", "dTpw\t"}) {
    CAPTURE(same);
    CHECK(base64_decode_lenient(same) == "u:p");
  }
  for (const char* same : {"Zg==", "Zg=", "Zg", "Zh==", "Zg==\n", "Z\ng=\n=\n"})
    CHECK(base64_decode_lenient(same) == "f");
  CHECK(base64_decode_lenient("-_8=") == "\xfb\xff");
  for (const char* bad : {"Z", "Zg===", "Zg==Zg==", "user:password", "%%%"}) {
    CAPTURE(bad);
    CHECK_FALSE(base64_decode_lenient(bad).has_value());
  }
}

TEST_CASE("redact: hides everything that looks like a secret, at any position") {
  const std::string jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
  const std::pair<std::string, std::string> cases[] = {
      {"see https://u:pass@r.example/p?sig=abc&digest=x, please",
       "see https://r.example/p?sig=…&digest=x, please"},
      {"HTTP://u:pass@r.example", "HTTP://r.example"},
      {"Authorization: Basic bWU6d29yZA==\r\nHost: r", "Authorization: …\r\nHost: r"},
      {"proxy-authorization:x", "proxy-authorization: …"},
      {"Set-Cookie: session=1; Path=/", "Set-Cookie: …"},
      {"sent Basic bWU6d29yZA== to", "sent Basic … to"},
      {"it replied: bearer abc123def456.", "it replied: bearer …"},
      {"Bearer authentication required", "Bearer authentication required"},
      {"Bearer realm=\"https://a.example/t\",service=\"s\"",
       "Bearer realm=\"https://a.example/t\",service=\"s\""},
      {"basic training", "basic training"},
      {"got " + jwt + "!", "got …!"},
      {"password=pass&user=me", "password=…&user=me"},
      {"X-Amz-Signature=0a1b X-Goog-Signature=0a1b sig=0a1b token=0a1b",
       "X-Amz-Signature=… X-Goog-Signature=… sig=… token=…"},
      {"client_secret=\"a b\" next", "client_secret=\"…\" next"},
      {R"({"token": "a\"b", "access_token":"c","user":"me","auth" : "d"})",
       R"({"token": "…", "access_token":"…","user":"me","auth" : "…"})"},
      {R"("{\"Secret\":\"pass\",\"Username\":\"me\"}")",
       R"("{\"Secret\":\"…\",\"Username\":\"me\"}")"},
      {"password='a b' x", "password='…' x"},
      {R"(sent \"password=\"a b\" x\")", R"(sent \"password=\"…\" x\")"},
      {R"({"password":7})", R"({"password":…})"},
      {"password of me, from standard input", "password of me, from standard input"},
      {"a token: none", "a token: none"},
      {"broken_token=x", "broken_token=x"},
      {"größer – ü", "größer – ü"},
      {"", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(redact(one.first) == one.second);
    CHECK(redact(one.second) == one.second);
  }
}

TEST_CASE("redact: hides a known secret of more than three characters") {
  CHECK(redact("wrong pass passpass", Secret("pass")) == "wrong … ……");
  CHECK(redact("abcabc", Secret("abc")) == "abcabc");
  CHECK(redact("abc", Secret()) == "abc");
}
