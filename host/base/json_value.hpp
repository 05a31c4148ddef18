// Json: a JSON value (RFC 8259) whose header is cheap to include; all JSON is read and written with
// it. Value. Objects keep the order of their members. json_parser.hpp parses it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace berth::base {

class Json {
 public:
  using Member = std::pair<std::string, Json>;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json() = default;              // null
  Json(std::nullptr_t) {}        // NOLINT(google-explicit-constructor)
  Json(bool value);              // NOLINT(google-explicit-constructor)
  Json(int value);               // NOLINT(google-explicit-constructor)
  Json(std::int64_t value);      // NOLINT(google-explicit-constructor)
  Json(std::uint64_t value);     // NOLINT(google-explicit-constructor)
  Json(double value);            // NOLINT(google-explicit-constructor)
  Json(const char* value);       // NOLINT(google-explicit-constructor)
  Json(std::string value);       // NOLINT(google-explicit-constructor)
  Json(std::string_view value);  // NOLINT(google-explicit-constructor)
  Json(Array value);             // NOLINT(google-explicit-constructor)

  // An empty object differs from an empty array: build objects with object({{"key", value}, …}) and
  // arrays with array().
  static Json object(std::initializer_list<Member> members = {});
  static Json array(std::initializer_list<Json> items = {});

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_string() const;

  // Return the value if it has that type (an integer also has to fit), else std::nullopt or
  // nullptr.
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] std::optional<std::int64_t> as_int() const;
  [[nodiscard]] std::optional<std::uint64_t> as_uint() const;
  [[nodiscard]] std::optional<double> as_double() const;
  [[nodiscard]] const std::string* as_string() const;
  [[nodiscard]] const Array* as_array() const;
  [[nodiscard]] const Object* as_object() const;

  // Returns the member; nullptr if this is not an object or has no such member.
  [[nodiscard]] const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  // Returns the member; nullptr if it is missing or null, which Go writes for absent values and
  // empty lists.
  [[nodiscard]] const Json* find_value(std::string_view key) const;
  // Like find(); without an exact match, returns a member whose key differs only in the case of
  // ASCII letters, as Go does.
  [[nodiscard]] const Json* find_any_case(std::string_view key) const;
  // Returns the member's string; `fallback` if it is missing or has another type.
  [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback) const;
  // Whether the member exists and is true.
  [[nodiscard]] bool is_true(std::string_view key) const;
  // Sets or replaces a member. A null value becomes an object first; any other type aborts the
  // program.
  Json& set(std::string_view key, Json value);
  // Appends a member to an object without checking for duplicates.
  void append_member(std::string key, Json value);
  // Removes a member. Returns false if it was missing.
  bool erase(std::string_view key);
  // Appends to an array. A null value becomes an array first; any other type aborts the program.
  Json& push_back(Json value);

  // Returns compact JSON. Invalid UTF-8 in strings is replaced by U+FFFD.
  [[nodiscard]] std::string dump() const;
  // Returns JSON with two-space indentation and a final newline, for files that people read.
  [[nodiscard]] std::string pretty() const;

  // Compares numbers by value: 1, 1.0 and 1e0 are equal, as in JSON. The order of an object's
  // members matters.
  friend bool operator==(const Json& left, const Json& right);

 private:
  [[nodiscard]] std::optional<long double> as_number() const;

  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array,
               Object>
      value_;
};

}  // namespace berth::base
