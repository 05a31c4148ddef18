#include "flavor/flavor_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/near_miss.hpp"
#include "image/layer_encoding.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;

Error bad_schema(std::string cause) {
  return Error(ErrorClass::trust, "flavor.bad-schema", "unsupported settings schema")
      .cause(std::move(cause));
}

// The host cannot ignore a key that it does not know: it would accept other values.
Error unsupported(std::string cause) {
  return Error(ErrorClass::trust, "flavor.incompatible", "unsupported settings schema")
      .cause(std::move(cause))
      .fix("update berth; the author of the plugin can use the keys that the SDK documents");
}

bool is_type(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.as_int().has_value();
  if (type == "number") return value.as_double().has_value();
  return value.as_bool().has_value();
}

bool is_known(std::string_view key, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), key) != known.end();
}

// Keys of JSON Schema that do not restrict values, and those of others.
bool is_annotation(std::string_view key) {
  return key.starts_with("x-") ||
         is_known(key, {"$schema", "$id", "$comment", "title", "examples", "deprecated"});
}

// Reports what was skipped.
class Remarks {
 public:
  explicit Remarks(std::vector<std::string>* lines) : lines_(lines) {}
  void skipped(std::string_view what, std::string_view where) const {
    if (lines_ != nullptr) lines_->push_back(fmt::format("unsupported {} in {}", what, where));
  }

 private:
  std::vector<std::string>* lines_;
};

// Checks the keys of an object of the schema.
base::Result<void> check_keys(const Json& object, std::initializer_list<std::string_view> known,
                              const std::string& where, const Remarks& remarks) {
  for (const auto& [key, value] : *object.as_object()) {
    if (is_known(key, known)) continue;
    if (!is_annotation(key))
      return unsupported(fmt::format("{} has the member {}", where, base::quote(key, 80)));
    remarks.skipped("member " + base::quote(key, 80), where);
  }
  return {};
}

Error wrong(const Setting& setting, std::string cause) {
  return Error(ErrorClass::usage, "setting.value",
               fmt::format("invalid value for setting {}", setting.name))
      .cause(std::move(cause));
}

base::Result<void> check_value(const Setting& setting, const Json& value) {
  if (!is_type(value, setting.type)) return wrong(setting, "it must be of type " + setting.type);
  if (setting.allowed.is_array()) {
    const auto& allowed = *setting.allowed.as_array();
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      return wrong(setting, "allowed: " + setting.allowed.dump());
  }
  const auto number = value.as_double();
  if (const auto least = setting.minimum.as_double(); least && number && *number < *least)
    return wrong(setting, fmt::format("it must be at least {}", *least));
  if (const auto most = setting.maximum.as_double(); most && number && *number > *most)
    return wrong(setting, fmt::format("it must be at most {}", *most));
  return {};
}

// Whether `name` can be used before "=" on the command line.
bool is_setting_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

// Returns std::nullopt for a setting of an unknown type.
base::Result<std::optional<Setting>> parse_property(const std::string& name, const Json& property,
                                                    const Remarks& remarks) {
  if (!property.is_object())
    return bad_schema("property " + base::quote(name) + " is not an object");
  if (!is_setting_name(name)) return bad_schema("invalid setting name " + base::quote(name));
  const std::string where = "property " + base::quote(name);
  const Json* type = property.find("type");
  if (type == nullptr) return bad_schema(where + " has no type");
  Setting setting;
  setting.name = name;
  setting.type = type->as_string() != nullptr ? *type->as_string() : "";
  if (!is_known(setting.type, {"string", "integer", "number", "boolean"})) {
    remarks.skipped("type " + base::escape(type->dump(), 80), where);
    return std::optional<Setting>();
  }
  BERTH_CHECK(check_keys(
      property, {"type", "enum", "default", "description", "minimum", "maximum", "x-secret"}, where,
      remarks));
  setting.description = property.string_or("description", "");
  for (const auto& [key, target] :
       std::initializer_list<std::pair<const char*, Json*>>{{"default", &setting.default_value},
                                                            {"minimum", &setting.minimum},
                                                            {"maximum", &setting.maximum}}) {
    const Json* value = property.find(key);
    if (value == nullptr) continue;
    if (!is_type(*value, setting.type))
      return bad_schema(fmt::format("{} of {} has the wrong type", key, base::quote(name)));
    *target = *value;
  }
  if (const Json* allowed = property.find("enum")) {
    if (!allowed->is_array() ||
        !std::all_of(allowed->as_array()->begin(), allowed->as_array()->end(),
                     [&](const Json& value) { return is_type(value, setting.type); }))
      return bad_schema("the enum of " + base::quote(name) +
                        " is not a list of values of its type");
    setting.allowed = *allowed;
  }
  if (const Json* secret = property.find("x-secret")) {
    if (!secret->as_bool())
      return bad_schema("x-secret of " + base::quote(name) + " is neither true nor false");
    setting.secret = *secret->as_bool();
  }
  if (const Json* text = property.find("description"); text != nullptr && !text->is_string())
    return bad_schema("the description of " + base::quote(name) + " is not a string");
  if (!setting.default_value.is_null() && !check_value(setting, setting.default_value))
    return bad_schema("the default of " + base::quote(name) + " is not an allowed value");
  return std::optional(std::move(setting));
}

Setting common(std::string name, std::string type, std::string description) {
  Setting setting;
  setting.name = std::move(name);
  setting.type = std::move(type);
  setting.description = std::move(description);
  setting.common = true;
  return setting;
}

// The values of push --compression.
Setting compression() {
  Setting setting = common("compression", "string",
                           "gzip (default), gzip:small, zstd, zstd:1 to zstd:19, or keep");
  setting.allowed = Json::array();
  for (const auto* value : {"gzip", "gzip:fast", "gzip:small", "keep", "zstd"})
    setting.allowed.push_back(value);
  for (int level = 1; level <= image::kMaxZstdLevel; ++level)
    setting.allowed.push_back(fmt::format("zstd:{}", level));
  return setting;
}

std::vector<Setting> common_settings() {
  return {
      common("tls", "boolean", "use TLS (default: true, except for loopback hosts)"),
      common("ca-file", "string", "PEM file of additional CA certificates"),
      common("username", "string", "use only the credentials of this user"),
      common("credential-helper", "string", "credential helper, named without docker-credential-"),
      common("credential-file", "string",
             "credentials file: config.json of docker, or auth.json of containers tools"),
      compression()};
}

const Setting* find(const std::vector<Setting>& settings, std::string_view name) {
  for (const auto& setting : settings)
    if (setting.name == name) return &setting;
  return nullptr;
}

Error unknown(const std::vector<Setting>& settings, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& setting : settings) names.push_back(setting.name);
  Error error = Error(ErrorClass::usage, "setting.unknown", "unknown setting " + base::quote(name))
                    .cause(fmt::format("available: {}", fmt::join(names, ", ")));
  const auto near = base::near_miss(name, names);
  return near ? std::move(error).fix("did you mean " + *near + "?") : std::move(error);
}

base::Result<const Setting*> find_known(const std::vector<Setting>& settings,
                                        const std::string& name) {
  const Setting* setting = find(settings, name);
  if (setting == nullptr) return unknown(settings, name);
  return setting;
}

base::Result<Json> typed_value(const Setting& setting, const std::string& text) {
  const std::string shown = setting.secret ? "the value" : base::quote(text);
  if (setting.type == "string") {
    // JSON strings cannot hold bytes that are not UTF-8: a different value would be stored.
    if (base::replace_invalid_utf8(text) != text)
      return wrong(setting, shown + " is not valid UTF-8");
    return Json(text);
  }
  if (setting.type == "boolean") {
    if (text == "true" || text == "false") return Json(text == "true");
    return wrong(setting, shown + " is neither true nor false");
  }
  const char* end = text.data() + text.size();
  if (setting.type == "integer") {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc() && parsed.ptr == end) return Json(value);
    return wrong(setting, shown + " is not an integer");
  }
  double value = 0;
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(value)) return Json(value);
  return wrong(setting, shown + " is not a number");
}

// Marks the settings that the schema requires.
base::Result<void> take_required(const Json& schema, std::vector<Setting>& settings) {
  const Json* required = schema.find("required");
  if (required == nullptr) return {};
  if (!required->is_array()) return bad_schema("its required is not a list");
  const Json* properties = schema.find("properties");
  for (const auto& item : *required->as_array()) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) {
      return item.is_string() && setting.name == *item.as_string();
    });
    if (found != settings.end()) {
      found->required = true;
      continue;
    }
    const bool skipped =
        item.is_string() && properties != nullptr && properties->find(*item.as_string()) != nullptr;
    if (skipped)
      return unsupported("it requires the setting " + base::quote(*item.as_string(), 80) +
                         ", whose type is not supported");
    return bad_schema("it requires a property that it does not define");
  }
  return {};
}

}  // namespace

base::Result<std::vector<Setting>> settings_of(const Json& schema,
                                               std::vector<std::string>* remarks) {
  std::vector<Setting> settings;
  const Remarks report(remarks);
  if (!schema.is_object()) return bad_schema("it is not an object");
  BERTH_CHECK(check_keys(schema, {"type", "properties", "required", "description"},
                         "the settings schema", report));
  if (schema.string_or("type", "object") != "object") return bad_schema("its type is not object");
  if (const Json* properties = schema.find("properties")) {
    if (!properties->is_object()) return bad_schema("its properties are not an object");
    for (const auto& [name, property] : *properties->as_object()) {
      BERTH_TRY(auto setting, parse_property(name, property, report));
      if (setting) settings.push_back(std::move(*setting));
    }
  }
  BERTH_CHECK(take_required(schema, settings));
  for (auto& setting : common_settings()) {
    if (find(settings, setting.name) != nullptr)
      return bad_schema(setting.name + " is a setting of all flavors");
    settings.push_back(std::move(setting));
  }
  return settings;
}

base::Result<void> check_setting_name(const std::vector<Setting>& settings,
                                      const std::string& name) {
  BERTH_TRY([[maybe_unused]] const auto* setting, find_known(settings, name));
  return {};
}

base::Result<Json> parse_settings(const std::vector<Setting>& settings,
                                  const std::vector<std::pair<std::string, std::string>>& typed) {
  Json values = Json::object();
  for (const auto& [name, text] : typed) {
    BERTH_TRY(const auto* setting, find_known(settings, name));
    std::string value = text;
    if (!text.empty() && text[0] == '@') {
      auto read = base::read_file(text.substr(1), kMaxFile, base::Pipes::allowed);
      if (!read)
        return Error(
                   ErrorClass::usage, "setting.file",
                   fmt::format("--set {}={}: {}", name, base::escape(text), read.error().message()))
            .cause(read.error().cause());
      value = std::move(*read);
      if (value.ends_with('\n')) value.pop_back();  // editors end a file with a newline
    }
    BERTH_TRY(auto json, typed_value(*setting, value));
    values.set(name, std::move(json));
  }
  return values;
}

base::Result<void> check_settings(const std::vector<Setting>& settings, const Json& values) {
  if (!values.is_object())
    return Error(ErrorClass::usage, "setting.value", "settings are not an object");
  for (const auto& [name, value] : *values.as_object()) {
    BERTH_TRY(const auto* setting, find_known(settings, name));
    BERTH_CHECK(check_value(*setting, value));
  }
  for (const auto& setting : settings)
    if (setting.required && setting.default_value.is_null() && values.find(setting.name) == nullptr)
      return Error(ErrorClass::usage, "setting.missing", "setting " + setting.name + " is missing")
          .cause(setting.description.empty() ? "the flavor requires it"
                                             : base::escape(setting.description))
          .fix(fmt::format("pass --set {}=…", setting.name));
  return {};
}

Json with_defaults(const std::vector<Setting>& settings, const Json& values) {
  Json result = values;
  for (const auto& setting : settings)
    if (!setting.default_value.is_null() && values.find(setting.name) == nullptr)
      result.set(setting.name, setting.default_value);
  return result;
}

}  // namespace berth::flavor
