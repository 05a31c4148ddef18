// Internal to testing.hpp: file patterns, and origins of URLs.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace berth {
namespace testing {
namespace detail {

// Whether `text` matches; * in `pattern` matches any characters except a slash.
inline bool fits(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*')
    return !text.empty() && text[0] == pattern[0] && fits(text.substr(1), pattern.substr(1));
  for (std::size_t used = 0; used <= text.size(); ++used) {
    if (fits(text.substr(used), pattern.substr(1))) return true;
    if (used < text.size() && text[used] == '/') return false;
  }
  return false;
}

// "https://api.example:443" of "https://API.example/path" and, with `scheme`, of "api.example".
inline std::string origin_of(std::string url, const std::string& scheme = "https://") {
  if (url.find("://") == std::string::npos) url = scheme + url;
  const std::size_t begin = url.find("://") + 3;
  std::string origin = url.substr(0, url.find_first_of("/?#", begin));
  for (char& c : origin)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::size_t colon = origin.find(':', std::max(begin, origin.rfind(']') + 1));
  if (colon == std::string::npos) origin += origin.rfind("http://", 0) == 0 ? ":80" : ":443";
  return origin;
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
