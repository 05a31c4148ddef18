// Internal: the parser of json.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <berth/detail/sdk_version.hpp>
#include <berth/json.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// JsonReader: recursive descent, one function per rule of RFC 8259; returns whether it matched.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool read_all(Json& into) {
    if (!read_value(into, 1)) return false;
    skip_blanks();
    return at_ == text_.size();
  }

  int line() const {
    return 1 + static_cast<int>(std::count(text_.begin(), text_.begin() + at_, '\n'));
  }

 private:
  static constexpr int kMaxDepth = 32;

  bool read_value(Json& into, int depth) {
    if (depth > kMaxDepth) return false;
    skip_blanks();
    if (take('{')) return read_items(into, Json::Kind::object, '}', depth);
    if (take('[')) return read_items(into, Json::Kind::array, ']', depth);
    if (peek() == '"') {
      into.kind_ = Json::Kind::string;
      return read_string(into.text_);
    }
    if (take_literal("null")) return true;
    into.boolean_ = take_literal("true");
    into.kind_ = into.boolean_ || take_literal("false") ? Json::Kind::boolean : Json::Kind::number;
    return into.kind_ == Json::Kind::boolean || read_number(into.number_);
  }

  bool read_items(Json& into, Json::Kind kind, char end, int depth) {
    into.kind_ = kind;
    skip_blanks();
    if (take(end)) return true;
    do {
      if (kind == Json::Kind::object && !read_name(into.names_.emplace_back())) return false;
      if (!read_value(into.items_.emplace_back(), depth + 1)) return false;
      skip_blanks();
    } while (take(','));
    return take(end);
  }

  bool read_name(std::string& into) {
    skip_blanks();
    if (!read_string(into)) return false;
    skip_blanks();
    return take(':');
  }

  bool read_string(std::string& into) {
    if (!take('"')) return false;
    while (!take('"')) {
      if (static_cast<unsigned char>(peek()) < ' ') return false;  // the end of the text, too
      if (!take('\\'))
        into += text_[at_++];
      else if (!read_escape(into))
        return false;
    }
    return true;
  }

  bool read_escape(std::string& into) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (take('u')) return read_code_point(into);
    const std::size_t which = kLetters.find(peek());
    if (which == std::string_view::npos) return false;
    into += kMeanings[which];
    ++at_;
    return true;
  }

  // Four hex digits, or a surrogate pair; appends UTF-8.
  bool read_code_point(std::string& into) {
    long point = take_hex();
    if (point < 0 || (point >= 0xDC00 && point < 0xE000)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      const long low = take_literal("\\u") ? take_hex() : -1;
      if (low < 0xDC00 || low >= 0xE000) return false;
      point = 0x10000 + (point - 0xD800) * 0x400 + (low - 0xDC00);
    }
    static constexpr long kFirst[] = {0, 0xC0, 0xE0, 0xF0};
    const unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    into += static_cast<char>(kFirst[more] | (point >> (6 * more)));
    for (unsigned left = more; left-- > 0;)
      into += static_cast<char>(0x80 | ((point >> (6 * left)) & 0x3F));
    return true;
  }

  // Returns the value of four hex digits; -1 if they are missing.
  long take_hex() {
    const std::string digits(text_.substr(at_, 4));
    if (digits.size() != 4 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return -1;
    at_ += 4;
    return std::strtol(digits.c_str(), nullptr, 16);
  }

  bool read_number(double& into) {
    const std::size_t from = at_;
    take('-');
    if (!take('0') && !take_digits()) return false;
    if (take('.') && !take_digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!take_digits()) return false;
    }
    into = std::strtod(std::string(text_.substr(from, at_ - from)).c_str(), nullptr);
    return std::isfinite(into);
  }

  bool take_literal(std::string_view literal) {
    const bool found = text_.substr(at_, literal.size()) == literal;
    at_ += found ? literal.size() : 0;
    return found;
  }
  bool take(char wanted) { return take_literal(std::string_view(&wanted, 1)); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take_digits() { return skip("0123456789") > 0; }
  void skip_blanks() { skip(" \t\n\r"); }
  // Skips these characters and returns their number.
  std::size_t skip(std::string_view characters) {
    const std::size_t from = at_;
    at_ = std::min(text_.find_first_not_of(characters, from), text_.size());
    return at_ - from;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline std::optional<Json> Json::parse(std::string_view text, int* line) {
  Json json;
  JsonReader reader(text);
  if (reader.read_all(json)) return json;
  if (line != nullptr) *line = reader.line();
  return std::nullopt;
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
