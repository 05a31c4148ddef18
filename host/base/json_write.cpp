// Json::dump and Json::pretty. Depth is limited by what parse() accepts and by what berth builds.
#include <fmt/format.h>

#include <cmath>

#include "base/escape.hpp"
#include "base/json.hpp"

namespace berth::base {
namespace {

// Multibyte characters that affect a terminal: C1 controls, direction marks and line separators. Unescaped, they
// could disguise a document on standard output.
struct Unsafe {
  std::string_view first;
  std::string_view last;
};
constexpr Unsafe kUnsafe[] = {{"\u0080", "\u009f"}, {"\u061c", "\u061c"}, {"\u200e", "\u200f"},
                              {"\u2028", "\u202e"}, {"\u2066", "\u2069"}, {"\ufeff", "\ufeff"}};

// Returns the size of such a character at the start of valid UTF-8; 0 for others. UTF-8 sorts like code points.
std::size_t unsafe_size(std::string_view text) {
  const auto size = static_cast<unsigned char>(text[0]) < 0xe0 ? 2U : 3U;
  const auto character = text.substr(0, size);
  for (const auto& range : kUnsafe)
    if (range.first.size() == size && character >= range.first && character <= range.last) return size;
  return 0;
}

unsigned code_point(std::string_view character) {
  unsigned value = static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1fU : 0x0fU);
  for (const char c : character.substr(1)) value = value << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

void write_string(std::string& out, std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  out += '"';
  for (std::size_t at = 0; at < valid.size(); ++at) {
    const char character = valid[at];
    if (static_cast<unsigned char>(character) >= 0xc0)
      if (const auto size = unsafe_size(std::string_view(valid).substr(at)); size != 0) {
        out += fmt::format("\\u{:04x}", code_point(std::string_view(valid).substr(at, size)));
        at += size - 1;
        continue;
      }
    switch (character) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
          out += character;
        }
    }
  }
  out += '"';
}

class Writer {
 public:
  Writer(std::string& out, bool indented) : out_(out), indented_(indented) {}

  void write(const Json& json) {
    if (const auto* members = json.as_object()) {
      write_all('{', '}', *members, [this](const Json::Member& member) {
        write_string(out_, member.first);
        out_ += indented_ ? ": " : ":";
        write(member.second);
      });
    } else if (const auto* items = json.as_array()) {
      write_all('[', ']', *items, [this](const Json& item) { write(item); });
    } else {
      write_scalar(json);
    }
  }

 private:
  template <typename Items, typename WriteOne>
  void write_all(char open, char close, const Items& items, WriteOne write_one) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      new_line();
      write_one(item);
    }
    --depth_;
    if (!first) new_line();
    out_ += close;
  }

  void new_line() {
    if (indented_) out_.append("\n").append(depth_ * 2, ' ');
  }

  void write_scalar(const Json& json) {
    if (const auto* text = json.as_string()) {
      write_string(out_, *text);
    } else if (const auto flag = json.as_bool()) {
      out_ += *flag ? "true" : "false";
    } else if (const auto integer = json.as_int()) {
      out_ += fmt::format("{}", *integer);
    } else if (const auto large = json.as_uint()) {
      out_ += fmt::format("{}", *large);
    } else if (const auto real = json.as_double(); real && std::isfinite(*real)) {
      const std::string digits = fmt::format("{}", *real);
      // 1.0 instead of 1, which would be read as an integer.
      out_ += digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
    } else {
      out_ += "null";
    }
  }

  std::string& out_;
  bool indented_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string Json::dump() const {
  std::string out;
  Writer(out, false).write(*this);
  return out;
}

std::string Json::pretty() const {
  std::string out;
  Writer(out, true).write(*this);
  return out + "\n";
}

}  // namespace berth::base
