#include "store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/file_trust.hpp"
#include "base/json_parser.hpp"
#include "store/document.hpp"

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::chrono::seconds kLockLimit{30};

Error too_large(const std::string& path) {
  return Error(ErrorClass::disk, "store.too-large", path + " is too large")
      .cause(fmt::format("more than {} bytes", base::kMaxJsonFile));
}

base::Result<base::Json> read_document(const std::string& path) {
  auto text = base::read_file(path, base::kMaxJsonFile);
  if (!text && text.error().error_class() == ErrorClass::not_found) return empty_document();
  if (!text && text.error().code() == "file.too-large")
    return too_large(path).fix("fix or remove the file");
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
    return Error(ErrorClass::usage, "registry.exists",
                 "container registry " + registry.name + " already exists")
        .fix(fmt::format("berth registry update {0} …, or berth registry delete {0}",
                         registry.name));
  }
  if (!contents.active.empty() && names.count(contents.active) == 0 &&
      contents.find_unusable(contents.active) == nullptr)
    return Error(ErrorClass::internal, "registry.active",
                 "the active container registry does not exist");
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
      return Error(ErrorClass::usage, "registry.exists",
                   "container registry " + registry.name + " already exists")
          .cause("it cannot be used: " + before.find_unusable(registry.name)->reason)
          .fix("berth registry delete " + registry.name);
  }
  return {};
}

// Returns the first string in `json` that would be changed when written; std::nullopt if all are
// valid.
std::optional<std::string> invalid_text(const base::Json& json) {
  const auto is_invalid = [](const std::string& text) {
    return base::replace_invalid_utf8(text) != text;
  };
  if (const auto* text = json.as_string())
    return is_invalid(*text) ? std::optional(*text) : std::nullopt;
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
base::Result<void> check_written(const std::string& text, const base::Json& document,
                                 std::size_t unusable, const std::string& path) {
  if (const auto invalid = invalid_text(document))
    return Error(ErrorClass::usage, "registry.encoding",
                 base::quote(*invalid, 80) + " is not valid UTF-8")
        .cause("registries.json must be UTF-8");
  if (text.size() > base::kMaxJsonFile)
    return too_large(path).fix("use shorter settings and labels");
  const auto again = parse_document(text, path);
  if (again && *again == document) {
    const auto contents = contents_of(*again, path);
    if (contents && contents->unusable.size() <= unusable) return {};
  }
  return Error(ErrorClass::internal, "registry.unreadable",
               "the changed registries.json could not be parsed; nothing was written");
}

}  // namespace

Store::Store(std::string directory, Untrusted untrusted)
    : directory_(std::move(directory)), untrusted_(untrusted) {}

// Returns the warning; empty if the file is trusted.
base::Result<std::string> Store::check_trust() const {
  using Problem = base::FileTrust::Problem;
  const auto found = base::distrust_path(path());
  if (!found) return std::string();
  const bool foreign = found->trust.problem == Problem::foreign_owner;
  std::string message =
      found->path + (foreign ? " is owned by another user" : " is writable by others");
  const bool is_refused =
      foreign ? ::geteuid() != 0 : found->trust.problem == Problem::writable_by_all;
  if (untrusted_ == Untrusted::warn || !is_refused) return message + ": " + found->trust.cause;
  return Error(ErrorClass::disk, foreign ? "store.foreign-owner" : "store.writable-by-others",
               std::move(message))
      .cause(found->trust.cause +
             "; registries.json decides which programs run and where credentials are sent")
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
