#include "app/quarantine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/json_parser.hpp"
#include "base/json_value.hpp"
#include "oci/crypto_functions.hpp"

namespace berth::app {
namespace {

using base::Json;

constexpr std::size_t kMaxEntry = std::size_t{64} << 10U;
constexpr std::int64_t kMaxCrashes = 2;

// Changes with the content of the file.
std::string version_text(const platform::FileVersion& version) {
  return fmt::format("{}-{}-{}-{}", version.inode, version.size, version.modified, version.changed);
}

std::string local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[64] = "";
  if (::localtime_r(&now, &parts) != nullptr)
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

// The stored entry of this version of the file; std::nullopt if it is missing or malformed.
std::optional<Json> read_entry(const std::string& file, const flavor::Candidate& plugin) {
  const auto text = base::read_file(file, kMaxEntry);
  if (!text) return std::nullopt;
  auto entry = base::parse_json(*text, "the entry");
  if (!entry || !entry->is_object() || entry->string_or("path", "") != plugin.path ||
      entry->string_or("version", "") != version_text(plugin.version))
    return std::nullopt;
  return std::move(*entry);
}

std::int64_t crashes_of(const Json& entry) {
  const Json* crashes = entry.find("crashes");
  return crashes != nullptr ? crashes->as_int().value_or(0) : 0;
}

}  // namespace

std::string Quarantine::file_of(const std::string& path) const {
  std::string name;
  for (const char c : oci::sha256(path))
    name += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return directory_ + "/plugins/" + name + ".json";
}

void Quarantine::record_crash(const flavor::Candidate& plugin, const base::Error& report) const {
  if (directory_.empty()) return;
  const std::string file = file_of(plugin.path);
  const auto before = read_entry(file, plugin);
  const std::int64_t crashes = std::min(before ? crashes_of(*before) + 1 : 1, kMaxCrashes);
  const Json entry = Json::object({{"schema", 1},
                                   {"path", plugin.path},
                                   {"version", version_text(plugin.version)},
                                   {"crashes", crashes},
                                   {"time", local_time()},
                                   {"message", report.message()},
                                   {"cause", report.cause()}});
  static_cast<void>(base::write_file_atomically(file, entry.dump() + "\n", 0600));
}

void Quarantine::forget(const std::string& path) const {
  if (!directory_.empty()) ::unlink(file_of(path).c_str());
}

std::optional<base::Error> Quarantine::reason(const flavor::Candidate& plugin) const {
  if (directory_.empty()) return std::nullopt;
  const auto entry = read_entry(file_of(plugin.path), plugin);
  if (!entry || crashes_of(*entry) < kMaxCrashes) return std::nullopt;
  return base::Error(base::ErrorClass::trust, "flavor.quarantined",
                     "it crashed twice in a row and is set aside until its file changes")
      .cause(fmt::format("{}: {}: {}", entry->string_or("time", ""),
                         entry->string_or("message", ""), entry->string_or("cause", "")))
      .fix("replace the file, or register it again: berth flavor register " + plugin.path);
}

}  // namespace berth::app
