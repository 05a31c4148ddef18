// Settings of a container registry against its flavor's schema. Values are typed by the schema; unknown keys and wrong
// values are refused with the near miss. The settings common to all flavors are part of every schema.
// Source: DESIGN.md §4 (the subset of JSON Schema), CLI.md ("Registered container registries").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace berth::flavor {

struct Setting {
  std::string name;
  std::string type;  // "string", "integer", "number", "boolean"
  std::string description;
  bool required = false;
  bool secret = false;
  bool common = false;       // of every flavor, not of this one
  bool built = true;         // false: the name is taken, but this berth does not act on it and refuses it
  base::Json default_value;  // null: none
  base::Json allowed;        // array of the enum's values, or null
  base::Json minimum;
  base::Json maximum;
};

// The schema's settings followed by the common ones. Class trust, code "flavor.bad-schema".
base::Result<std::vector<Setting>> settings_of(const base::Json& schema);

// `K=V` pairs as typed (a V of @FILE is that file, without one final newline) into an object of typed values. Class
// usage, codes "setting.unknown", "setting.value", "setting.missing", "setting.not-built".
base::Result<base::Json> parse_settings(const std::vector<Setting>& settings,
                                        const std::vector<std::pair<std::string, std::string>>& typed);

// Whether there is a setting of that name. Class usage, codes "setting.unknown", "setting.not-built".
base::Result<void> check_setting_name(const std::vector<Setting>& settings, const std::string& name);

// A stored object again, as a whole: types, enums, ranges, required ones.
base::Result<void> check_settings(const std::vector<Setting>& settings, const base::Json& values);

// `values` with the defaults filled in.
base::Json with_defaults(const std::vector<Setting>& settings, const base::Json& values);

}  // namespace berth::flavor
