// Internal to testing.hpp: the settings of a container registry, validated and completed by the
// flavor's schema as berth does it.
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/testing/fake_metadata.hpp>

namespace berth {
namespace testing {
namespace detail {

// Settings: values by name, as text, and the typed values for the plugin.
class TypedSettings {
 public:
  // Throws Wrong if a value does not match the schema, is unknown or required and missing.
  TypedSettings(const std::string& schema, const std::map<std::string, std::string>& values) {
    const auto json = Json::parse(schema.empty() ? "{}" : schema);
    const Json* properties = json ? json->find("properties") : nullptr;
    for (const auto& value : values)
      if (!is_common(value.first) &&
          (properties == nullptr || properties->find(value.first) == nullptr))
        throw Wrong("unknown setting " + value.first);
    for (std::size_t i = 0; properties != nullptr && i < properties->names().size(); ++i)
      add(properties->names()[i], *properties->find(properties->names()[i]), values);
    if (json && json->find("required") != nullptr)
      for (const Json& name : json->find("required")->items())
        if (values.count(name.text()) == 0) throw Wrong("setting " + name.text() + " is required");
  }

  // The strings that it refers to are valid as long as this object.
  std::vector<berth_setting> views() const {
    std::vector<berth_setting> views;
    for (const auto& value : values_) {
      berth_setting setting{};
      setting.key = berth::detail::view(value.key);
      setting.type = value.type;
      setting.string = berth::detail::view(value.text);
      setting.integer = value.integer;
      setting.number = value.number;
      views.push_back(setting);
    }
    return views;
  }

 private:
  struct Value {
    std::string key;
    std::int32_t type = BERTH_TYPE_STRING;
    std::string text{};
    std::int64_t integer = 0;
    double number = 0;
  };

  static bool is_common(const std::string& name) {
    for (const char* common :
         {"tls", "ca-file", "username", "credential-helper", "credential-file", "compression"})
      if (name == common) return true;
    return false;
  }

  void add(const std::string& name, const Json& property,
           const std::map<std::string, std::string>& values) {
    const auto set = values.find(name);
    const Json* fallback = property.find("default");
    if (set == values.end() && fallback == nullptr) return;
    const std::string type = property.string("type").value_or("string");
    Value value{name};
    const std::string text = set != values.end() ? set->second : text_of(*fallback);
    if (type == "string") value.text = text;
    if (type == "boolean") set_boolean(value, text);
    if (type == "integer" || type == "number") set_number(value, type, text, property);
    if (const Json* allowed = property.find("enum")) check_allowed(name, text, *allowed);
    values_.push_back(std::move(value));
  }

  static std::string text_of(const Json& value) {
    if (const auto boolean = value.boolean()) return *boolean ? "true" : "false";
    const auto number = value.number();
    return number ? number_text(*number) : value.text();
  }

  static std::string number_text(double number) {
    const auto whole = static_cast<std::int64_t>(number);
    return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
  }

  static void set_boolean(Value& value, const std::string& text) {
    if (text != "true" && text != "false")
      throw Wrong("setting " + value.key + " is neither true nor false: " + text);
    value.type = BERTH_TYPE_BOOLEAN;
    value.integer = text == "true" ? 1 : 0;
  }

  static void set_number(Value& value, const std::string& type, const std::string& text,
                         const Json& property) {
    char* end = nullptr;
    value.number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0')
      throw Wrong("setting " + value.key + " is not of type " + type + ": " + text);
    value.type = BERTH_TYPE_NUMBER;
    if (type == "integer") {
      value.type = BERTH_TYPE_INTEGER;
      value.integer = std::strtoll(text.c_str(), &end, 10);
      if (*end != '\0') throw Wrong("setting " + value.key + " is not an integer: " + text);
    }
    const auto least = property.number("minimum");
    const auto most = property.number("maximum");
    if ((least && value.number < *least) || (most && value.number > *most))
      throw Wrong("setting " + value.key + " is out of range: " + text);
  }

  static void check_allowed(const std::string& name, const std::string& text, const Json& allowed) {
    for (const Json& item : allowed.items())
      if (text_of(item) == text) return;
    throw Wrong("setting " + name + " does not allow " + text);
  }

  std::vector<Value> values_;
};

}  // namespace detail
}  // namespace testing
}  // namespace berth
