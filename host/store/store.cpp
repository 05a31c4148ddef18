#include "store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_trust.hpp"
#include "base/files.hpp"
#include "base/near_miss.hpp"
#include "store/document.hpp"

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLongestName = 63;
constexpr std::chrono::seconds kLockLimit{30};

Error too_large(const std::string& path) {
  return Error(ErrorClass::disk, "store.too-large", path + " is too large")
      .cause(fmt::format("more than {} bytes", base::kLargestJsonFile));
}

base::Result<base::Json> read_document(const std::string& path) {
  auto text = base::read_file(path, base::kLargestJsonFile);
  if (!text && text.error().error_class() == ErrorClass::not_found) return empty_document();
  if (!text && text.error().code() == "file.too-large") return too_large(path).fix("fix or remove the file");
  if (!text) return std::move(text).error();
  return parse_document(*text, path);
}

// A rename would replace the link, and writing through it would change a file that is not berth's.
base::Result<void> check_no_link(const std::string& path) {
  boost::system::error_code error;
  if (!boost::filesystem::is_symlink(path, error)) return {};
  return Error(ErrorClass::disk, "store.symlink", "cannot replace the symbolic link " + path)
      .cause("it points to " + boost::filesystem::read_symlink(path, error).string())
      .fix("move the file itself there, or pass another --config-dir");
}

base::Result<void> check_whole(const Contents& contents) {
  std::set<std::string> names;
  for (const auto& registry : contents.container_registries) {
    BERTH_CHECK(check_name(registry.name));
    if (names.insert(registry.name).second) continue;
    return Error(ErrorClass::usage, "registry.exists", "container registry " + registry.name + " already exists")
        .fix(fmt::format("berth registry update {0} …, or berth registry delete {0}", registry.name));
  }
  if (!contents.active.empty() && names.count(contents.active) == 0 &&
      contents.find_unusable(contents.active) == nullptr)
    return Error(ErrorClass::internal, "registry.active", "the active container registry does not exist");
  return {};
}

// A new name must not be that of an unusable entry, which would be lost.
base::Result<void> check_new_names(const Contents& before, const Contents& after) {
  for (const auto& registry : after.container_registries) {
    const bool is_new = before.find_unusable(registry.name) != nullptr;
    const auto same = [&](const UnusableEntry& entry) {
      return entry.kind == UnusableEntry::Kind::container_registry && entry.name == registry.name;
    };
    if (is_new && std::any_of(after.unusable.begin(), after.unusable.end(), same))
      return Error(ErrorClass::usage, "registry.exists", "container registry " + registry.name + " already exists")
          .cause("it cannot be used: " + before.find_unusable(registry.name)->reason)
          .fix("berth registry delete " + registry.name);
  }
  return {};
}

// Returns the first string in `json` that would be changed when written; std::nullopt if all are valid.
std::optional<std::string> invalid_text(const base::Json& json) {
  const auto is_invalid = [](const std::string& text) { return base::replace_invalid_utf8(text) != text; };
  if (const auto* text = json.as_string()) return is_invalid(*text) ? std::optional(*text) : std::nullopt;
  if (const auto* items = json.as_array())
    for (const auto& item : *items)
      if (auto found = invalid_text(item)) return found;
  if (const auto* members = json.as_object())
    for (const auto& [key, value] : *members) {
      if (is_invalid(key)) return key;
      if (auto found = invalid_text(value)) return found;
    }
  return std::nullopt;
}

// A change must not make the next command fail: parses `text` as that command will.
base::Result<void> check_written(const std::string& text, const base::Json& document, std::size_t unusable,
                                 const std::string& path) {
  if (const auto invalid = invalid_text(document))
    return Error(ErrorClass::usage, "registry.encoding", base::quote(*invalid, 80) + " is not valid UTF-8")
        .cause("registries.json must be UTF-8");
  if (text.size() > base::kLargestJsonFile) return too_large(path).fix("use shorter settings and labels");
  const auto again = parse_document(text, path);
  if (again && *again == document) {
    const auto contents = contents_of(*again, path);
    if (contents && contents->unusable.size() <= unusable) return {};
  }
  return Error(ErrorClass::internal, "registry.unreadable",
               "the changed registries.json could not be parsed; nothing was written");
}

}  // namespace

const ContainerRegistry* Contents::registered(std::string_view name) const {
  for (const auto& registry : container_registries)
    if (registry.name == name) return &registry;
  return nullptr;
}

base::Result<const ContainerRegistry*> Contents::find(std::string_view name) const {
  if (const auto* registry = registered(name)) return registry;
  if (const auto* entry = find_unusable(name))
    return Error(ErrorClass::disk, "store.entry", "container registry " + entry->name + " cannot be used")
        .cause(fmt::format("{}: {}", entry->described, entry->reason))
        .fix(fmt::format("berth registry delete {}, then register it again", entry->name));
  Error error(ErrorClass::not_found, "registry.unknown", "container registry " + base::quote(name, 80) + " not found");
  if (!unavailable.empty())
    return std::move(error).cause("no registrations were read: " + unavailable).fix("pass --config-dir DIR");
  std::vector<std::string> names;
  for (const auto& registry : container_registries) names.push_back(registry.name);
  const auto near = base::near_miss(name, names);
  return near ? std::move(error).fix("did you mean " + *near + "?") : std::move(error).fix("berth registry list");
}

const UnusableEntry* Contents::find_unusable(std::string_view name) const {
  if (registered(name) != nullptr) return nullptr;
  for (const auto& entry : unusable)
    if (entry.kind == UnusableEntry::Kind::container_registry && entry.name == name && !name.empty()) return &entry;
  return nullptr;
}

void Contents::remove(const std::string& name) {
  std::erase_if(container_registries, [&](const ContainerRegistry& registry) { return registry.name == name; });
  std::erase_if(unusable, [&](const UnusableEntry& entry) {
    return entry.kind == UnusableEntry::Kind::container_registry && entry.name == name;
  });
  if (active == name) active.clear();
}

base::Result<void> check_name(std::string_view name) {
  auto wrong = [&](std::string cause) {
    return Error(ErrorClass::usage, "registry.name", "invalid container registry name " + base::quote(name, 80))
        .cause(std::move(cause));
  };
  if (name.empty() || name.size() > kLongestName)
    return wrong(fmt::format("names have 1 to {} characters", kLongestName));
  if (name == "localhost") return wrong("it is a host");
  if (name[0] == '-') return wrong("it begins with a dash");
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!plain) return wrong("names consist of a-z, 0-9 and dashes");
  return {};
}

Store::Store(std::string directory, Untrusted untrusted) : directory_(std::move(directory)), untrusted_(untrusted) {}

// Returns the warning; empty if the file is trusted.
base::Result<std::string> Store::check_trust() const {
  using Problem = base::FileTrust::Problem;
  const auto found = base::distrust_path(path());
  if (!found) return std::string();
  const bool foreign = found->trust.problem == Problem::foreign_owner;
  std::string message = found->path + (foreign ? " is owned by another user" : " is writable by others");
  const bool is_refused = foreign ? ::geteuid() != 0 : found->trust.problem == Problem::writable_by_all;
  if (untrusted_ == Untrusted::warn || !is_refused) return message + ": " + found->trust.cause;
  return Error(ErrorClass::disk, foreign ? "store.foreign-owner" : "store.writable-by-others", std::move(message))
      .cause(found->trust.cause + "; registries.json decides which programs run and where credentials are sent")
      .fix(foreign ? "use a file of this user or of root, or name its directory: --config-dir DIR"
                   : "chmod go-w " + found->path);
}

base::Result<Contents> Store::read() const {
  BERTH_TRY(auto warning, check_trust());
  BERTH_TRY(const auto document, read_document(path()));
  BERTH_TRY(auto contents, contents_of(document, path()));
  contents.warning = std::move(warning);
  return contents;
}

base::Result<void> Store::update(const std::function<base::Result<void>(Contents&)>& change,
                                 const base::Cancellation& cancellation) {
  const std::string path = this->path();
  BERTH_CHECK(check_no_link(path));
  BERTH_TRY(auto warning, check_trust());
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(directory_ + "/registries.lock", kLockLimit, cancellation));
  BERTH_TRY(auto document, read_document(path));
  BERTH_TRY(const auto before, contents_of(document, path));
  Contents contents = before;
  contents.warning = std::move(warning);
  BERTH_CHECK(change(contents));
  BERTH_CHECK(check_whole(contents));
  BERTH_CHECK(check_new_names(before, contents));
  write_contents(contents, document);
  const std::string text = document.pretty();
  BERTH_CHECK(check_written(text, document, before.unusable.size(), path));
  return base::write_file_atomically(path, text, 0600);
}

}  // namespace berth::store
