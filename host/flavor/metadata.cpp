#include "flavor/metadata.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/permissions.hpp"
#include "flavor/plugin_file.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxEntry = 512;
constexpr std::size_t kMaxEntries = 256;

Error bad_note(const std::string& path, std::string cause) {
  return Error(ErrorClass::trust, "flavor.bad-note", path + " has malformed metadata")
      .cause(std::move(cause));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || text[0] == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxEntry && base::is_clean_text(text);
}

bool is_claim(std::string_view text) {
  if (text == "*") return true;
  if (text.substr(0, 2) == "*.") text.remove_prefix(2);
  return is_text(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == ':';
         });
}

bool is_finding_code(std::string_view text) {
  const auto dot = text.find('.');
  return dot != std::string_view::npos && is_name(text.substr(0, dot)) &&
         text.substr(dot + 1).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") ==
             std::string_view::npos &&
         dot + 1 < text.size() && text.size() <= 2 * kMaxName;
}

// Parses "CODE SEVERITY MEANING".
base::Result<FindingKind> parse_finding(std::string_view text, const std::string& path) {
  const auto code_end = std::min(text.find(' '), text.size());
  const auto severity_end = std::min(text.find(' ', code_end + 1), text.size());
  FindingKind kind{std::string(text.substr(0, code_end)), {}, {}};
  if (severity_end > code_end)
    kind.severity = text.substr(code_end + 1, severity_end - code_end - 1);
  if (severity_end < text.size()) kind.meaning = text.substr(severity_end + 1);
  const bool known =
      kind.severity == "error" || kind.severity == "warning" || kind.severity == "info";
  if (!is_text(text) || !is_finding_code(kind.code) || !known || kind.meaning.empty())
    return bad_note(path, "invalid finding " + base::quote(text, 80));
  return kind;
}

// Stores the value of an entry that may occur only once.
base::Result<void> take_text(std::string value, std::string& place, std::string_view what,
                             const std::string& path) {
  if (!is_text(value))
    return bad_note(path, fmt::format("invalid {} {}", what, base::quote(value, 80)));
  if (!place.empty()) return bad_note(path, fmt::format("it has two {} entries", what));
  place = std::move(value);
  return {};
}

base::Result<void> take_entry(std::uint32_t key, std::string value, Metadata& metadata,
                              const std::string& path) {
  switch (key) {
    case BERTH_NOTE_FLAVOR:
      if (!is_name(value) || !metadata.flavor.empty())
        return bad_note(path, "invalid flavor name " + base::quote(value, 80));
      metadata.flavor = std::move(value);
      return {};
    case BERTH_NOTE_VERSION:
      return take_text(std::move(value), metadata.version, "version", path);
    case BERTH_NOTE_DESCRIPTION:
      return take_text(std::move(value), metadata.description, "description", path);
    case BERTH_NOTE_USERNAME_HINT:
      return take_text(std::move(value), metadata.login_user, "login user", path);
    case BERTH_NOTE_PASSWORD_HINT:
      return take_text(std::move(value), metadata.login_secret, "login secret", path);
    case BERTH_NOTE_SETTINGS: {
      if (!metadata.settings_schema.as_object()->empty())
        return bad_note(path, "it has two settings schemas");
      auto schema = base::parse_json(value, "its settings schema");
      if (!schema) return bad_note(path, schema.error().message() + ": " + schema.error().cause());
      if (!schema->is_object()) return bad_note(path, "its settings schema is not an object");
      metadata.settings_schema = std::move(*schema);
      return {};
    }
    case BERTH_NOTE_CLAIM:
      if (!is_claim(value)) return bad_note(path, "invalid claim " + base::quote(value, 80));
      metadata.claims.push_back(std::move(value));
      return {};
    case BERTH_NOTE_PERMISSION:
      if (auto permission = parse_permission(value); !is_text(value) || !permission)
        return bad_note(path, fmt::format("invalid permission {}: {}", base::quote(value, 80),
                                          permission ? "it has control characters"
                                                     : permission.error().message()));
      metadata.permissions.push_back(std::move(value));
      return {};
    case BERTH_NOTE_FINDING: {
      BERTH_TRY(auto kind, parse_finding(value, path));
      metadata.findings.push_back(std::move(kind));
      return {};
    }
    default:
      return {};  // an entry of a newer minor version
  }
}

base::Result<void> check_version(const Metadata& metadata, const std::string& path) {
  if (metadata.abi_major == BERTH_ABI_MAJOR && metadata.min_host_minor <= BERTH_ABI_MINOR)
    return {};
  return Error(ErrorClass::trust, "flavor.incompatible", path + " is incompatible")
      .cause(fmt::format("it requires ABI {}.{}, this host provides {}.{}", metadata.abi_major,
                         metadata.min_host_minor, BERTH_ABI_MAJOR, BERTH_ABI_MINOR))
      .fix(
          "rebuild it with the SDK of this version, or install the version of berth that it was "
          "built for");
}

// Requires a permitted name followed by a version. A slash is not allowed: it would make the name a
// path.
base::Result<void> check_needed(const platform::ObjectFile& file, const std::string& path) {
  for (const auto& library : file.needed)
    if (!platform::is_system_library(library))
      return Error(ErrorClass::trust, "flavor.needs-library",
                   fmt::format("{} requires {}", path, base::quote(library)))
          .cause(
              "a plugin must be a single file: other libraries are neither pinned nor accessible")
          .fix("link it statically");
  return {};
}

}  // namespace

base::Result<Metadata> parse_metadata(std::string note, const std::string& path) {
  if (note.size() < 8) return bad_note(path, "its note is too short");
  Metadata metadata;
  metadata.settings_schema = base::Json::object();
  metadata.abi_major = number_at(note, 0, 4);
  metadata.min_host_minor = number_at(note, 4, 4);
  BERTH_CHECK(check_version(metadata, path));
  std::size_t entries = 0;
  for (std::size_t at = 8; at < note.size();) {
    if (note.size() - at < 6 || ++entries > kMaxEntries)
      return bad_note(path, "its note has a malformed entry");
    const auto key = number_at(note, at, 2);
    const auto length = number_at(note, at + 2, 4);
    at += 6;
    if (length > note.size() - at)
      return bad_note(path, "an entry of its note is longer than the note");
    BERTH_CHECK(take_entry(key, note.substr(at, length), metadata, path));
    at += length;
  }
  if (metadata.flavor.empty() || metadata.version.empty())
    return bad_note(path, "it has no flavor name or no version");
  for (const auto& kind : metadata.findings)
    if (kind.code.substr(0, kind.code.find('.')) != metadata.flavor)
      return bad_note(path, fmt::format("the code of finding {} does not start with {}", kind.code,
                                        metadata.flavor));
  BERTH_TRY([[maybe_unused]] const auto settings, settings_of(metadata.settings_schema));
  metadata.note = std::move(note);
  return metadata;
}

base::Result<Metadata> read_metadata(int fd, const std::string& path) {
  BERTH_TRY(auto file, parse_plugin_file(fd, path));
  if (file.notes.empty())
    return Error(ErrorClass::trust, "flavor.no-note", path + " is not a berth plugin")
        .cause("it has no berth note")
        .fix("build it with berth_add_flavor() or BERTH_PLUGIN()");
  if (file.notes.size() > 1)
    return bad_note(path, "it has two notes; a plugin contains one flavor");
  BERTH_TRY(auto metadata, parse_metadata(std::move(file.notes.front()), path));
  BERTH_CHECK(check_needed(file, path));
  return metadata;
}

}  // namespace berth::flavor
