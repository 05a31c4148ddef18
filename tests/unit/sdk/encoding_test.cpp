// berth/encoding.hpp: the vectors of RFC 4648 and RFC 3986, and arbitrary bytes.
#include <doctest/doctest.h>
#include <berth/encoding.hpp>

TEST_CASE("encoding: base64 matches RFC 4648") {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& one : cases) {
    CHECK(berth::base64_encode(one.first) == one.second);
    CHECK(berth::base64_decode(one.second) == one.first);
    CHECK(berth::base64_decode(berth::base64url_encode(one.first)) == one.first);
  }
  CHECK(berth::base64_encode("\xFB\xEF\xFF") == "++//");
  CHECK(berth::base64url_encode("\xFB\xEF\xFF\xFF") == "--___w");
  for (const char* none : {"Z", "Zg=A", "Zm9v!", "Zm 9", "====Z"})
    CHECK_FALSE(berth::base64_decode(none));
}

TEST_CASE("encoding: arbitrary bytes round-trip") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const std::string bytes = all.substr(all.size() - size);
    CHECK(berth::base64_decode(berth::base64_encode(bytes)) == bytes);
    CHECK(berth::hex(bytes).size() == 2 * size);
  }
  CHECK(berth::hex(std::string("\0\x0f\xff", 3)) == "000fff");
}

TEST_CASE("encoding: escapes for URLs and forms") {
  CHECK(berth::percent_encode("aZ0-._~") == "aZ0-._~");
  CHECK(berth::percent_encode("a b/\xC3\xA9+%") == "a%20b%2F%C3%A9%2B%25");
  CHECK(berth::percent_encode(std::string(1, '\0')) == "%00");
  CHECK(berth::form_encode({{"grant_type", "a:b"}, {"x", ""}}) == "grant_type=a%3Ab&x=");
  CHECK(berth::form_encode({}).empty());
}
