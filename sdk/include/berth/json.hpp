// JSON that an interface answered or a tool wrote into a file, as a value. Pure; for text that anybody may have
// written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };

  // RFC 8259, at most 32 deep; bytes beyond ASCII are taken as they are. Nothing: it is no JSON, or deeper, and `line`
  // says where, counted from 1.
  static std::optional<Json> parse(std::string_view text, int* line = nullptr);

  Kind kind() const { return kind_; }
  bool is_object() const { return kind_ == Kind::object; }
  // Itself, when it is a string; else empty.
  const std::string& text() const { return text_; }
  // The values of an array; else empty.
  const std::vector<Json>& items() const {
    static const std::vector<Json> none;
    return kind_ == Kind::array ? items_ : none;
  }
  // The names of an object's values, as they were written; else empty.
  const std::vector<std::string>& names() const { return names_; }

  // A value of an object, the last of that name; null: it has none, or is no object.
  const Json* find(const std::string& name) const {
    for (std::size_t i = names_.size(); i-- > 0;)
      if (names_[i] == name) return &items_[i];
    return nullptr;
  }
  // The same by kind; nothing: not there, or of another kind. An empty string counts as not there.
  std::optional<std::string> string(const std::string& name) const {
    const Json* value = find(name);
    if (value == nullptr || value->text_.empty()) return std::nullopt;
    return value->text_;
  }
  std::optional<double> number(const std::string& name) const {
    const Json* value = find(name);
    if (value == nullptr || value->kind_ != Kind::number) return std::nullopt;
    return value->number_;
  }
  std::optional<bool> boolean(const std::string& name) const {
    const Json* value = find(name);
    if (value == nullptr || value->kind_ != Kind::boolean) return std::nullopt;
    return value->boolean_;
  }

 private:
  friend class JsonReader;
  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;  // of an object, too
  std::vector<std::string> names_;
};

// A string as JSON has it, quoted.
inline std::string json_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) >= ' ')
      quoted += c;
    else
      quoted.append("\\u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
  }
  return quoted + '"';
}

}  // namespace berth

#include <berth/detail/json_reader.hpp>
