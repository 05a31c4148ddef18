// Json: a JSON document as a value. Pure; accepts untrusted text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };

  // Parses RFC 8259 JSON, at most 32 levels deep; bytes outside of ASCII are not validated.
  // std::nullopt if it is invalid or deeper: `line` is then the line of the error, counted from 1.
  static std::optional<Json> parse(std::string_view text, int* line = nullptr);

  Kind kind() const { return kind_; }
  bool is_object() const { return kind_ == Kind::object; }
  // Returns the value of a string; empty for other kinds.
  const std::string& text() const { return text_; }
  // Return the value of a number or a boolean; std::nullopt for other kinds.
  std::optional<double> number() const {
    return kind_ == Kind::number ? std::optional<double>(number_) : std::nullopt;
  }
  std::optional<bool> boolean() const {
    return kind_ == Kind::boolean ? std::optional<bool>(boolean_) : std::nullopt;
  }
  // Returns the items of an array; empty for other kinds.
  const std::vector<Json>& items() const {
    static const std::vector<Json> none;
    return kind_ == Kind::array ? items_ : none;
  }
  // Returns the names of an object in their original order; empty for other kinds.
  const std::vector<std::string>& names() const { return names_; }

  // Returns the member of an object, the last one if the name repeats. nullptr if it is missing.
  const Json* find(const std::string& name) const {
    for (std::size_t i = names_.size(); i-- > 0;)
      if (names_[i] == name) return &items_[i];
    return nullptr;
  }
  // Return the member as a value of that kind; std::nullopt if it is missing or of another kind. An
  // empty string counts as missing.
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
  std::vector<Json> items_;  // also the values of an object
  std::vector<std::string> names_;
};

// Returns `text` as a quoted JSON string.
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

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth

#include <berth/detail/json_reader.hpp>
