#include "base/json_members.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "base/json_parser.hpp"

namespace berth::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Scans JSON tokens. Each function returns false at a grammar error and leaves at() there.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::string_view since(std::size_t begin) const {
    return text_.substr(begin, at_ - begin);
  }

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  void skip_space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  // Consumes `c` and the white space before it.
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool skip_string() {
    skip_space();
    if (at_ == text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !skip_escape()) return false;
      if (c == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool skip_value() {
    std::vector<bool> objects;  // open containers; false: an array
    while (true) {
      if (accept('{')) {
        if (!accept('}')) {
          objects.push_back(true);
          if (!skip_key()) return false;
          continue;
        }
      } else if (accept('[')) {
        if (!accept(']')) {
          objects.push_back(false);
          continue;
        }
      } else if (!skip_scalar()) {
        return false;
      }
      while (!objects.empty() && accept(objects.back() ? '}' : ']')) objects.pop_back();
      if (objects.empty()) return true;
      if (!accept(',')) return false;
      if (objects.back() && !skip_key()) return false;
    }
  }

 private:
  // Leaves at() at the last character of the escape.
  bool skip_escape() {
    if (++at_ == text_.size()) return false;
    if (text_[at_] != 'u')
      return std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    for (int i = 0; i < 4; ++i)
      if (++at_ >= text_.size() || !is_hex(text_[at_])) return false;
    return true;
  }

  bool skip_key() { return skip_string() && accept(':'); }

  bool skip_literal(std::string_view literal) {
    if (text_.substr(at_, literal.size()) != literal) return false;
    at_ += literal.size();
    return true;
  }

  bool skip_digits() {
    const auto begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  }

  bool skip_number() {
    skip_literal("-");
    const bool zero = skip_literal("0");
    if (!zero && !skip_digits()) return false;
    if (skip_literal(".") && !skip_digits()) return false;
    if (!skip_literal("e") && !skip_literal("E")) return true;
    if (!skip_literal("+")) skip_literal("-");
    return skip_digits();
  }

  bool skip_scalar() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') return skip_string();
    return skip_literal("true") || skip_literal("false") || skip_literal("null") || skip_number();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Error not_readable(std::string_view what, std::size_t position) {
  return Error(ErrorClass::validation, "json.invalid", "cannot parse " + std::string(what))
      .cause("not a valid JSON object at byte " + std::to_string(position));
}

// Returns the key without quotes; keys with escapes are rare and are left to the parser.
std::string key_of(std::string_view quoted) {
  const auto raw = quoted.substr(1, quoted.size() - 2);
  if (raw.find('\\') == std::string_view::npos) return std::string(raw);
  const auto parsed = parse_json(quoted, "a key");
  return parsed ? *parsed->as_string() : std::string();
}

}  // namespace

Result<std::vector<std::optional<JsonMember>>> find_members(
    std::string_view text, std::string_view what, std::span<const std::string_view> names) {
  std::vector<std::optional<JsonMember>> found(names.size());
  JsonScanner scanner(text);
  if (!scanner.accept('{')) return not_readable(what, scanner.at());
  bool more = !scanner.accept('}');
  while (more) {
    scanner.skip_space();
    const auto key_begin = scanner.at();
    if (!scanner.skip_string()) return not_readable(what, scanner.at());
    const auto name = std::find(names.begin(), names.end(), key_of(scanner.since(key_begin)));
    if (!scanner.accept(':')) return not_readable(what, scanner.at());
    scanner.skip_space();
    const auto begin = scanner.at();
    if (!scanner.skip_value()) return not_readable(what, scanner.at());
    if (name != names.end()) {
      auto& member = found[static_cast<std::size_t>(name - names.begin())];
      const auto value = scanner.since(begin);
      const bool conflicting = member && (member->conflicting || member->text != value);
      member = JsonMember{value, conflicting};
    }
    more = scanner.accept(',');
    if (!more && !scanner.accept('}')) return not_readable(what, scanner.at());
  }
  if (!scanner.at_end()) return not_readable(what, scanner.at());
  return found;
}

Result<Json> parse_member(const JsonMember& member, std::string_view what) {
  return parse_json(replace_invalid_utf8(member.text), what);
}

}  // namespace berth::base
