// Json: a JSON value that is cheap to include; the one place where berth reads and writes JSON.
// Value type. Objects keep the order of their members. Parsing refuses duplicate keys, documents beyond the limits,
// invalid UTF-8 and trailing text, so a document that was read is safe to copy and to write.
// Source: RFC 8259. The parser underneath is nlohmann_json's SAX interface, which no other file includes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace berth::base {

class Json;

// How large a JSON file of configuration may be.
inline constexpr std::size_t kLargestJsonFile = std::size_t{4} << 20U;

struct JsonLimits {
  std::size_t bytes = kLargestJsonFile;
  std::size_t depth = 64;
  std::size_t values = 1'000'000;
};

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

  // An empty object is not an empty array: build objects with object({{"key", value}, …}) and arrays with array().
  static Json object(std::initializer_list<Member> members = {});
  static Json array(std::initializer_list<Json> items = {});

  // `what` names the document in the error ("the manifest"). Errors: class validation, code "json.invalid", with the
  // byte offset in the cause; callers re-class them where it matters.
  static Result<Json> parse(std::string_view text, std::string_view what, const JsonLimits& limits = {});

  // As parse(), but accepts what Go's encoding/json accepts, for files of other tools: a UTF-8 byte order mark (which
  // Go rejects), invalid UTF-8 (replaced by U+FFFD), duplicate keys (the last one counts), text after the document.
  static Result<Json> parse_lenient(std::string_view text, std::string_view what, const JsonLimits& limits = {});

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_string() const;

  // The value, when it has that type (an integer when it also fits), else nothing or null.
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] std::optional<std::int64_t> as_int() const;
  [[nodiscard]] std::optional<std::uint64_t> as_uint() const;
  [[nodiscard]] std::optional<double> as_double() const;
  [[nodiscard]] const std::string* as_string() const;
  [[nodiscard]] const Array* as_array() const;
  [[nodiscard]] const Object* as_object() const;

  // The member, or null when this is no object or has none of that name.
  [[nodiscard]] const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  // The member; nullptr if it is absent or null, which Go writes for absent values and empty lists.
  [[nodiscard]] const Json* find_value(std::string_view key) const;
  // As find(); if there is no such member, one whose key differs only in the case of ASCII letters, as in Go.
  [[nodiscard]] const Json* find_any_case(std::string_view key) const;
  // The member's string, or `fallback` when it is missing or of another type.
  [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback) const;
  // Sets or replaces a member; a null value becomes an object first. Aborts on any other type.
  Json& set(std::string_view key, Json value);
  // Appends a member of an object without looking for one of that name.
  void append_member(std::string key, Json value);
  // Removes a member; false when there was none.
  bool erase(std::string_view key);
  // Appends to an array; a null value becomes an array first. Aborts on any other type.
  Json& push_back(Json value);

  // Compact; strings that are not valid UTF-8 are written with U+FFFD in place of what is not.
  [[nodiscard]] std::string dump() const;
  // Two-space indentation and a final newline, for files that people read.
  [[nodiscard]] std::string pretty() const;

  // Numbers are compared by value: 1, 1.0 and 1e0 are equal, as in JSON. The order of an object's members counts.
  friend bool operator==(const Json& left, const Json& right);

 private:
  [[nodiscard]] std::optional<long double> as_number() const;

  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace berth::base
