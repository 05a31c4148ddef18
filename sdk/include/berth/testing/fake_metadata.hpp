// Internal to testing.hpp: the metadata of a plugin, read from its descriptor as berth reads it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <berth/abi.h>
#include <berth/finding.hpp>
#include <berth/json.hpp>

namespace berth {
namespace testing {

// Wrong: the test itself is at fault, or the metadata of the plugin are malformed.
class Wrong : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace detail {

struct Kind {
  std::string code;
  std::string severity;
};

struct Metadata {
  std::string flavor, version, settings;
  std::vector<std::string> claims, permissions;
  std::vector<Kind> findings;
};

inline bool is_code_of(std::string_view code, std::string_view flavor) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  return code.size() > flavor.size() + 1 && code.size() <= 128 &&
         code.substr(0, flavor.size()) == flavor && code[flavor.size()] == '.' &&
         code.find_first_not_of(kAllowed) == std::string_view::npos;
}

inline std::uint32_t number_at(const std::uint8_t* bytes, int width) {
  std::uint32_t value = 0;
  for (int i = 0; i < width; ++i) value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

inline void take_entry(Metadata& metadata, std::uint32_t key, std::string value) {
  if (key == BERTH_NOTE_FLAVOR) metadata.flavor = std::move(value);
  if (key == BERTH_NOTE_VERSION) metadata.version = std::move(value);
  if (key == BERTH_NOTE_SETTINGS) metadata.settings = std::move(value);
  if (key == BERTH_NOTE_CLAIM) metadata.claims.push_back(std::move(value));
  if (key == BERTH_NOTE_PERMISSION) metadata.permissions.push_back(std::move(value));
  if (key != BERTH_NOTE_FINDING) return;
  const std::size_t first = value.find(' ');
  const std::size_t second = value.find(' ', first + 1);
  if (second == std::string::npos)
    throw Wrong("a finding of the metadata has no severity: " + value);
  metadata.findings.push_back(
      {value.substr(0, first), value.substr(first + 1, second - first - 1)});
}

inline void check(const Metadata& metadata) {
  if (metadata.flavor.empty() || metadata.version.empty())
    throw Wrong("the metadata have no FLAVOR or no VERSION");
  for (const auto& kind : metadata.findings)
    if (!is_code_of(kind.code, metadata.flavor))
      throw Wrong("the code of finding " + kind.code + " does not start with " + metadata.flavor +
                  ".");
  for (const auto& permission : metadata.permissions) {
    bool known = false;
    for (const char* start : {"env:", "file:", "exec:", "http:", "credentials:", "registry:"})
      known = known || permission.rfind(start, 0) == 0;
    if (!known) throw Wrong("unknown permission " + permission);
  }
  int line = 0;
  if (!metadata.settings.empty() && !Json::parse(metadata.settings, &line))
    throw Wrong("SETTINGS is not valid JSON: line " + std::to_string(line));
}

// Throws Wrong if the metadata are malformed.
inline Metadata read_metadata(const berth_plugin& plugin) {
  if (plugin.abi_major != BERTH_ABI_MAJOR || plugin.metadata == nullptr)
    throw Wrong("the plugin was built for another major version of the ABI");
  Metadata metadata;
  for (std::size_t at = 8; at < plugin.metadata_size;) {
    if (plugin.metadata_size - at < 6) throw Wrong("the metadata are truncated");
    const std::uint32_t key = number_at(plugin.metadata + at, 2);
    const std::size_t length = number_at(plugin.metadata + at + 2, 4);
    at += 6;
    if (length > plugin.metadata_size - at) throw Wrong("the metadata are truncated");
    take_entry(metadata, key,
               std::string(reinterpret_cast<const char*>(plugin.metadata) + at, length));
    at += length;
  }
  check(metadata);
  return metadata;
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
