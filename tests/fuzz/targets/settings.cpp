// A settings schema (the first line) and settings as they are typed (NAME=VALUE in the others).
#include "flavor/flavor_settings.hpp"

#include "base/json_parser.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {
namespace {

std::vector<std::pair<std::string, std::string>> typed_settings(std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> typed;
  while (!lines.empty()) {
    const auto line = take_line(lines);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || line.substr(equals + 1).starts_with('@'))
      continue;  // @FILE is read
    typed.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return typed;
}

}  // namespace

void run_settings(std::string_view input) {
  const auto schema = base::parse_json(take_line(input), "the schema");
  if (!schema) return;
  const auto settings = flavor::settings_of(*schema);
  if (!settings) return;
  const auto values = flavor::parse_settings(*settings, typed_settings(input));
  if (!values) return;
  const auto stored = base::parse_json(values->dump(), "the stored settings");
  require(stored && *stored == *values, "settings are read as they are written");
  const auto valid = flavor::check_settings(*settings, *values);
  require(bool(flavor::check_settings(*settings, *stored)) == bool(valid),
          "stored settings are as valid as typed ones");
  if (valid)
    require(bool(flavor::check_settings(*settings, flavor::with_defaults(*settings, *stored))),
            "settings with their defaults are valid");
}

}  // namespace berth::fuzz
