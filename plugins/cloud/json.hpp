// JSON that a cloud answered or a tool wrote into a file, as a value. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cloud {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };

  // At most 32 deep. Nothing: it is no JSON, or deeper.
  static std::optional<Json> parse(std::string_view text);

  // The line at which a text ceases to be JSON; 0: it does not.
  static int first_bad_line(std::string_view text);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_object() const { return kind_ == Kind::object; }
  // Of an object; null: it has no such member, or is none.
  [[nodiscard]] const Json* find(const std::string& key) const;
  // Of an array; empty where it is none.
  [[nodiscard]] const std::vector<Json>& items() const { return items_; }
  // Of an object, in the order of their letters.
  [[nodiscard]] std::vector<std::string> names() const;
  // Members by kind; nothing: not there, or of another kind. Empty strings count as not there.
  [[nodiscard]] std::optional<std::string> string(const std::string& key) const;
  [[nodiscard]] std::optional<double> number(const std::string& key) const;
  [[nodiscard]] std::optional<bool> boolean(const std::string& key) const;
  // Itself, when it is a string; else empty.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend struct JsonReader;
  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;
  std::map<std::string, Json> members_;
};

// A string as JSON has it, quoted.
std::string json_string(std::string_view text);

}  // namespace berth::cloud
