#include "http/normal_path.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/escape.hpp"
#include "base/hex.hpp"

namespace berth::http {
namespace {

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

bool is_unreserved(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// Returns an empty string if every reader decodes the encoding at the start of `text` to the same
// character.
std::string problem_of_encoding(std::string_view text) {
  const auto high = text.size() > 2 ? base::hex_value(text[1]) : std::nullopt;
  const auto low = text.size() > 2 ? base::hex_value(text[2]) : std::nullopt;
  if (!high || !low) return "a % without two hex digits";
  const int decoded = *high * 16 + *low;
  const bool special = decoded == '/' || decoded == '\\' || decoded == '%' || decoded == ';';
  if (!special && !is_unreserved(decoded) && decoded >= ' ' && decoded != 0x7f) return {};
  return "the encoding " + std::string(text.substr(0, 3)) + ", which servers decode differently";
}

std::string problem_of_segment(std::string_view segment, bool is_last) {
  if (segment.empty()) return is_last ? "" : "an empty segment";
  const auto name = segment.substr(0, segment.find(';'));
  if (name == "." || name == "..") return "the segment " + std::string(name);
  if (segment.find('\\') != std::string_view::npos) return "a backslash";
  for (auto at = segment.find('%'); at != std::string_view::npos; at = segment.find('%', at + 1))
    if (auto problem = problem_of_encoding(segment.substr(at)); !problem.empty()) return problem;
  return {};
}

std::string problem_of_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return "no / at the start";
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    auto problem = problem_of_segment(path.substr(0, end), end == std::string_view::npos);
    if (!problem.empty()) return problem;
    path.remove_prefix(std::min(end, path.size()));
  }
  return {};
}

}  // namespace

base::Result<void> check_normal_path(std::string_view target) {
  std::string problem;
  if (!std::all_of(target.begin(), target.end(), is_printable) ||
      target.find('#') != std::string_view::npos)
    problem = "a character that is not allowed in paths";
  if (problem.empty()) problem = problem_of_path(target.substr(0, target.find('?')));
  if (problem.empty()) return {};
  return base::Error(base::ErrorClass::usage, "http.path",
                     "path " + base::quote(target, 80) + " is not in normal form")
      .cause("it has " + problem);
}

}  // namespace berth::http
