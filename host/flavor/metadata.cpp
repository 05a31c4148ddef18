#include "flavor/metadata.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "base/utf8.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/permissions.hpp"
#include "flavor/plugin_file.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxEntry = 512;
constexpr std::size_t kMaxPermission = 4096;
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kHead = 8;  // the two version numbers

Error bad_note(const std::string& path, std::string cause) {
  return Error(ErrorClass::trust, "flavor.bad-note", path + " has malformed metadata")
      .cause(std::move(cause));
}

Error incompatible(const std::string& path, std::string cause) {
  return Error(ErrorClass::trust, "flavor.incompatible", path + " is incompatible")
      .cause(std::move(cause))
      .fix(
          "rebuild it with the SDK of this version, or install the version of berth that it was "
          "built for");
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

struct Entry {
  std::uint32_t key;
  std::string_view value;
};

// Returns the entries of a note; std::nullopt if one of them exceeds the note.
std::optional<std::vector<Entry>> entries_of(std::string_view note) {
  std::vector<Entry> entries;
  note.remove_prefix(std::min(note.size(), kHead));
  while (!note.empty()) {
    if (note.size() < 6) return std::nullopt;
    const Entry entry{number_at(note, 0, 2), note.substr(6, number_at(note, 2, 4))};
    if (entry.value.size() != number_at(note, 2, 4)) return std::nullopt;
    entries.push_back(entry);
    note.remove_prefix(6 + entry.value.size());
  }
  return entries;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || text[0] == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_text(std::string_view text, std::size_t max = kMaxEntry) {
  return !text.empty() && text.size() <= max && base::is_clean_text(text);
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
         text.substr(dot + 1).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") ==
             std::string_view::npos &&
         dot + 1 < text.size() && text.size() <= 2 * kMaxName;
}

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Reads the entries of one note.
class MetadataReader {
 public:
  explicit MetadataReader(const std::string& path) : path_(path) {
    metadata_.settings_schema = base::Json::object();
  }

  base::Result<Metadata> read(const std::string& note) {
    const auto entries = entries_of(note);
    if (!entries) return bad_note(path_, "an entry of its note is longer than the note");
    if (entries->size() > kMaxEntries)
      return incompatible(path_, fmt::format("its metadata have {} entries; this host supports {}",
                                             entries->size(), kMaxEntries));
    for (const auto& entry : *entries) BERTH_CHECK(take(entry));
    if (metadata_.flavor.empty() || metadata_.version.empty())
      return bad_note(path_, "it has no flavor name or no version");
    for (const auto& kind : metadata_.findings)
      if (kind.code.substr(0, kind.code.find('.')) != metadata_.flavor)
        return bad_note(path_, fmt::format("the code of finding {} does not start with {}",
                                           kind.code, metadata_.flavor));
    BERTH_TRY([[maybe_unused]] const auto settings,
              settings_of(metadata_.settings_schema, &metadata_.remarks));
    return std::move(metadata_);
  }

 private:
  base::Result<void> take(const Entry& entry) {
    switch (entry.key) {
      case BERTH_NOTE_FLAVOR:
        if (!is_name(entry.value)) return invalid("flavor name", entry.value);
        return once(metadata_.flavor, entry.value, "flavor name");
      case BERTH_NOTE_VERSION:
        if (!is_text(entry.value)) return invalid("version", entry.value);
        return once(metadata_.version, entry.value, "version");
      case BERTH_NOTE_DESCRIPTION:
        return take_text(metadata_.description, entry.value, "description");
      case BERTH_NOTE_USERNAME_HINT:
        return take_text(metadata_.login_user, entry.value, "username hint");
      case BERTH_NOTE_PASSWORD_HINT:
        return take_text(metadata_.login_secret, entry.value, "password hint");
      case BERTH_NOTE_BUILT_WITH:
        return take_text(metadata_.built_with, entry.value, "ABI version");
      case BERTH_NOTE_SDK_VERSION:
        return take_text(metadata_.sdk_version, entry.value, "SDK version");
      case BERTH_NOTE_EXTENSIONS:
        return take_extensions(entry.value);
      case BERTH_NOTE_SETTINGS:
        return take_schema(entry.value);
      case BERTH_NOTE_CLAIM:
        if (is_claim(entry.value)) metadata_.claims.emplace_back(entry.value);
        if (!is_claim(entry.value)) skip("claim", entry.value);
        return {};
      case BERTH_NOTE_PERMISSION:
        return take_permission(entry.value);
      case BERTH_NOTE_FINDING:
        return take_finding(entry.value);
      default:
        if ((entry.key & BERTH_NOTE_MUST_UNDERSTAND) == 0) return {};
        return incompatible(
            path_, fmt::format("this host does not support its metadata of key {}", entry.key));
    }
  }

  [[nodiscard]] Error invalid(std::string_view what, std::string_view value) const {
    return bad_note(path_, fmt::format("invalid {} {}", what, base::quote(value, 80)));
  }

  // Notes that an entry has no effect in this version.
  void skip(std::string_view what, std::string_view value) {
    metadata_.remarks.push_back(fmt::format("unsupported {} {}", what, base::quote(value, 80)));
  }

  // Stores the value of an entry that may occur only once.
  base::Result<void> once(std::string& stored, std::string_view value, std::string_view what) {
    if (!stored.empty()) return bad_note(path_, fmt::format("it has two {} entries", what));
    stored = value;
    return {};
  }

  // A text for people.
  base::Result<void> take_text(std::string& stored, std::string_view value, std::string_view what) {
    const auto text = base::truncate_utf8(value, kMaxEntry);
    if (!is_text(text)) return invalid(what, value);
    if (text.size() != value.size())
      metadata_.remarks.push_back(fmt::format("{} is longer than {} bytes", what, kMaxEntry));
    return once(stored, text, what);
  }

  base::Result<void> take_extensions(std::string_view value) {
    if (metadata_.extensions) return bad_note(path_, "it has two lists of extensions");
    if (!base::is_clean_text(value)) return invalid("list of extensions", value);
    metadata_.extensions = split_at_spaces(value);
    return {};
  }

  base::Result<void> take_schema(std::string_view value) {
    if (!metadata_.settings_schema.as_object()->empty())
      return bad_note(path_, "it has two settings schemas");
    auto schema = base::parse_json(value, "its settings schema");
    if (!schema) return bad_note(path_, schema.error().message() + ": " + schema.error().cause());
    if (!schema->is_object()) return bad_note(path_, "its settings schema is not an object");
    metadata_.settings_schema = std::move(*schema);
    return {};
  }

  // A permission of an unknown form is shown and pinned; PermissionPolicy does not grant it.
  base::Result<void> take_permission(std::string_view value) {
    if (!is_text(value, kMaxPermission)) return invalid("permission", value);
    if (!parse_permission(value)) skip("permission, which is not granted:", value);
    metadata_.permissions.emplace_back(value);
    return {};
  }

  // "CODE SEVERITY DESCRIPTION".
  base::Result<void> take_finding(std::string_view value) {
    const auto code_end = std::min(value.find(' '), value.size());
    const auto severity_end = std::min(value.find(' ', code_end + 1), value.size());
    FindingKind kind{std::string(value.substr(0, code_end)), {}, {}};
    if (severity_end > code_end)
      kind.severity = value.substr(code_end + 1, severity_end - code_end - 1);
    if (severity_end < value.size())
      kind.meaning = base::truncate_utf8(value.substr(severity_end + 1), kMaxEntry);
    if (!is_finding_code(kind.code) || kind.severity.empty() || !is_text(kind.meaning) ||
        !base::is_clean_text(value))
      return invalid("finding", value);
    if (kind.severity == "error" || kind.severity == "warning" || kind.severity == "info")
      metadata_.findings.push_back(std::move(kind));
    else
      skip("severity of finding", value);
    return {};
  }

  const std::string& path_;
  Metadata metadata_;
};

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

base::Result<void> check_exported(const platform::ObjectFile& file, const std::string& path) {
  if (file.exports.value_or(true)) return {};
  return Error(ErrorClass::plugin, "plugin.no-symbol", path + " does not export its descriptor")
      .cause("it has no exported symbol " BERTH_PLUGIN_SYMBOL)
      .fix("build it with berth_add_flavor() or BERTH_PLUGIN(), and do not hide the symbol");
}

bool is_of_this_major(const std::string& note) {
  return note.size() >= kHead && number_at(note, 0, 4) == BERTH_ABI_MAJOR;
}

// Returns the note for this host. A file may have notes of other major versions.
base::Result<std::string> choose_note(std::vector<std::string> notes, const std::string& path) {
  if (notes.empty())
    return Error(ErrorClass::trust, "flavor.no-note", path + " is not a berth plugin")
        .cause("it has no berth note")
        .fix("build it with berth_add_flavor() or BERTH_PLUGIN()");
  const auto ours = std::find_if(notes.begin(), notes.end(), is_of_this_major);
  if (ours == notes.end()) return std::move(notes.front());
  if (std::any_of(ours + 1, notes.end(), is_of_this_major))
    return bad_note(path, "it has two notes; a plugin contains one flavor");
  return std::move(*ours);
}

}  // namespace

base::Result<Metadata> parse_metadata(std::string note, const std::string& path) {
  if (note.size() < kHead) return bad_note(path, "its note is too short");
  const auto major = number_at(note, 0, 4);
  const auto minor = number_at(note, 4, 4);
  if (major != BERTH_ABI_MAJOR || minor > BERTH_ABI_MINOR)
    return incompatible(path, fmt::format("it requires ABI {}.{}, this host provides {}", major,
                                          minor, BERTH_ABI_VERSION));
  BERTH_TRY(auto metadata, MetadataReader(path).read(note));
  metadata.abi_major = major;
  metadata.min_host_minor = minor;
  metadata.note = std::move(note);
  return metadata;
}

base::Result<Metadata> read_metadata(int fd, const std::string& path) {
  BERTH_TRY(auto file, parse_plugin_file(fd, path));
  BERTH_TRY(auto note, choose_note(std::move(file.notes), path));
  BERTH_TRY(auto metadata, parse_metadata(std::move(note), path));
  BERTH_CHECK(check_needed(file, path));
  BERTH_CHECK(check_exported(file, path));
  return metadata;
}

std::optional<PluginIdentity> read_identity(int fd, const std::string& path) {
  auto file = parse_plugin_file(fd, path);
  if (!file) return std::nullopt;
  const auto note = choose_note(std::move(file->notes), path);
  const auto entries = note ? entries_of(*note) : std::nullopt;
  if (!entries) return std::nullopt;
  PluginIdentity identity;
  for (const auto& entry : *entries) {
    if (entry.key == BERTH_NOTE_FLAVOR && is_name(entry.value)) identity.flavor = entry.value;
    if (entry.key == BERTH_NOTE_VERSION && is_text(entry.value)) identity.version = entry.value;
  }
  return identity.flavor.empty() ? std::nullopt : std::optional(std::move(identity));
}

}  // namespace berth::flavor
