#include "base/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/json_string.hpp"

namespace berth::base {
namespace {

[[noreturn]] void wrong_type(const char* what) {
  std::fprintf(stderr, "berth: this is a bug in berth: %s of a JSON value of another type\n", what);
  std::abort();
}

// Depth is limited by what parse_json() accepts and by what berth builds.
class Writer {
 public:
  Writer(std::string& out, bool indented) : out_(out), indented_(indented) {}

  void write(const Json& json) {
    if (const auto* members = json.as_object()) {
      write_all('{', '}', *members, [this](const Json::Member& member) {
        append_json_string(out_, member.first);
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
      append_json_string(out_, *text);
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

Json::Json(bool value) : value_(value) {}
Json::Json(int value) : value_(std::int64_t{value}) {}
Json::Json(std::int64_t value) : value_(value) {}
Json::Json(std::uint64_t value) : value_(value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    value_ = static_cast<std::int64_t>(value);
}
Json::Json(double value) : value_(value) {}
Json::Json(const char* value) : value_(std::string(value)) {}
Json::Json(std::string value) : value_(std::move(value)) {}
Json::Json(std::string_view value) : value_(std::string(value)) {}
Json::Json(Array value) : value_(std::move(value)) {}

Json Json::object(std::initializer_list<Member> members) {
  Json json;
  json.value_ = Object(members);
  return json;
}

Json Json::array(std::initializer_list<Json> items) {
  Json json;
  json.value_ = Array(items);
  return json;
}

bool Json::is_null() const { return std::holds_alternative<std::monostate>(value_); }
bool Json::is_object() const { return std::holds_alternative<Object>(value_); }
bool Json::is_array() const { return std::holds_alternative<Array>(value_); }
bool Json::is_string() const { return std::holds_alternative<std::string>(value_); }

std::optional<bool> Json::as_bool() const {
  const auto* value = std::get_if<bool>(&value_);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::int64_t> Json::as_int() const {
  const auto* value = std::get_if<std::int64_t>(&value_);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> Json::as_uint() const {
  if (const auto* large = std::get_if<std::uint64_t>(&value_)) return *large;
  const auto* value = std::get_if<std::int64_t>(&value_);
  if (value == nullptr || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<double> Json::as_double() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
  return std::nullopt;
}

std::optional<long double> Json::as_number() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return *value;
  return std::nullopt;
}

const std::string* Json::as_string() const { return std::get_if<std::string>(&value_); }
const Json::Array* Json::as_array() const { return std::get_if<Array>(&value_); }
const Json::Object* Json::as_object() const { return std::get_if<Object>(&value_); }

const Json* Json::find(std::string_view key) const {
  const auto* members = as_object();
  if (members == nullptr) return nullptr;
  for (const auto& [name, value] : *members)
    if (name == key) return &value;
  return nullptr;
}

const Json* Json::find_value(std::string_view key) const {
  const Json* member = find(key);
  return member == nullptr || member->is_null() ? nullptr : member;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

const Json* Json::find_any_case(std::string_view key) const {
  if (const Json* exact = find(key)) return exact;
  const auto* members = as_object();
  if (members == nullptr) return nullptr;
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  auto same = [&](char left, char right) { return lower(left) == lower(right); };
  for (const auto& [name, value] : *members)
    if (std::equal(name.begin(), name.end(), key.begin(), key.end(), same)) return &value;
  return nullptr;
}

std::string Json::string_or(std::string_view key, std::string_view fallback) const {
  const Json* member = find(key);
  const std::string* text = member != nullptr ? member->as_string() : nullptr;
  return text != nullptr ? *text : std::string(fallback);
}

bool Json::is_true(std::string_view key) const {
  const Json* member = find(key);
  return member != nullptr && member->as_bool().value_or(false);
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  auto* members = std::get_if<Object>(&value_);
  if (members == nullptr) wrong_type("set()");
  if (Json* present = find(key)) return *present = std::move(value);
  return members->emplace_back(std::string(key), std::move(value)).second;
}

void Json::append_member(std::string key, Json value) {
  auto* members = std::get_if<Object>(&value_);
  if (members == nullptr) wrong_type("append_member()");
  members->emplace_back(std::move(key), std::move(value));
}

bool Json::erase(std::string_view key) {
  auto* members = std::get_if<Object>(&value_);
  if (members == nullptr) return false;
  return std::erase_if(*members, [&](const Member& member) { return member.first == key; }) > 0;
}

Json& Json::push_back(Json value) {
  if (is_null()) value_ = Array{};
  auto* items = std::get_if<Array>(&value_);
  if (items == nullptr) wrong_type("push_back()");
  return items->emplace_back(std::move(value));
}

bool operator==(const Json& left, const Json& right) {
  if (left.value_.index() == right.value_.index()) return left.value_ == right.value_;
  // long double represents every int64 and uint64 exactly.
  const auto one = left.as_number();
  const auto other = right.as_number();
  return one && other && *one == *other;
}

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
