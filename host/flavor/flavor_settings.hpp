// Validates the settings of a container registry against the schema of its flavor. The schema
// determines the type of each value; unknown settings and invalid values are rejected, and an error
// for an unknown setting suggests a similar name. The settings common to all flavors are part of
// every schema.
// Source: sdk/README.md, "Settings" (the subset of JSON Schema).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::flavor {

struct Setting {
  std::string name;
  std::string type;  // "string", "integer", "number", "boolean"
  std::string description;
  bool required = false;
  bool secret = false;
  bool common = false;       // a setting of all flavors, not of this one
  base::Json default_value;  // null without a default
  base::Json allowed;        // array of the enum's values; null if any value is allowed
  base::Json minimum;
  base::Json maximum;
};

// Returns the settings of the schema, followed by the common ones. What this version does not
// support and may ignore is skipped, with a line in `remarks`, unless that is nullptr: settings of
// an unknown type, keys "x-…" and annotations. Errors: class trust, code "flavor.bad-schema"; code
// "flavor.incompatible": keys that restrict values in a way that this version does not support.
base::Result<std::vector<Setting>> settings_of(const base::Json& schema,
                                               std::vector<std::string>* remarks = nullptr);

// Converts `K=V` pairs from the command line into an object of typed values. A V of @FILE is
// replaced by the content of that file (at most 1 MiB), without one trailing newline. Errors: class
// usage, codes "setting.unknown", "setting.value", "setting.file".
base::Result<base::Json> parse_settings(
    const std::vector<Setting>& settings,
    const std::vector<std::pair<std::string, std::string>>& typed);

// Fails if `name` is not a known setting: class usage, code "setting.unknown".
base::Result<void> check_setting_name(const std::vector<Setting>& settings,
                                      const std::string& name);

// Validates an object of typed values as a whole: names, types, enums, ranges and required
// settings. Errors: class usage, codes "setting.unknown", "setting.value", "setting.missing".
base::Result<void> check_settings(const std::vector<Setting>& settings, const base::Json& values);

// Returns `values` with the schema's defaults for missing settings.
base::Json with_defaults(const std::vector<Setting>& settings, const base::Json& values);

}  // namespace berth::flavor
