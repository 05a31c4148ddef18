#include "store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/near_miss.hpp"
#include "store/document.hpp"

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLongestName = 63;
constexpr std::chrono::seconds kLockLimit{30};

base::Result<base::Json> read_document(const std::string& path) {
  auto text = base::read_file(path, base::kLargestJsonFile);
  if (!text && text.error().error_class() == ErrorClass::not_found) return empty_document();
  if (!text && text.error().code() == "file.too-large")
    return Error(ErrorClass::disk, "store.broken", path + " is not what berth writes")
        .cause(text.error().cause())
        .fix("mend it, or move it away");
  if (!text) return std::move(text).error();
  return parse_document(*text, path);
}

// A rename would put a file in the link's place, and writing through it would change what is not berth's.
base::Result<void> check_no_link(const std::string& path) {
  boost::system::error_code error;
  if (!boost::filesystem::is_symlink(path, error)) return {};
  return Error(ErrorClass::disk, "store.symlink", path + " is a symbolic link, and is only read")
      .cause("it leads to " + boost::filesystem::read_symlink(path, error).string())
      .fix("put the file itself there, or use another --config-dir");
}

base::Result<void> check_whole(const Contents& contents) {
  std::set<std::string> names;
  for (const auto& registry : contents.container_registries) {
    BERTH_CHECK(check_name(registry.name));
    if (!names.insert(registry.name).second)
      return Error(ErrorClass::usage, "registry.exists", "there is a container registry " + registry.name + " already")
          .fix(fmt::format("berth registry update {0} …, or berth registry delete {0}", registry.name));
  }
  if (!contents.active.empty() && names.count(contents.active) == 0)
    return Error(ErrorClass::internal, "registry.active", "the active container registry does not exist");
  return {};
}

}  // namespace

base::Result<const ContainerRegistry*> Contents::find(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& registry : container_registries) {
    if (registry.name == name) return &registry;
    names.push_back(registry.name);
  }
  Error error(ErrorClass::not_found, "registry.unknown", "there is no container registry " + base::quote(name, 80));
  if (!unavailable.empty())
    return std::move(error).cause("no registrations were read: " + unavailable).fix("--config-dir DIR");
  const auto near = base::near_miss(name, names);
  return near ? std::move(error).fix("did you mean " + *near + "?") : std::move(error).fix("berth registry list");
}

base::Result<void> check_name(std::string_view name) {
  auto wrong = [&](std::string cause) {
    return Error(ErrorClass::usage, "registry.name", base::quote(name, 80) + " cannot name a container registry")
        .cause(std::move(cause));
  };
  if (name.empty() || name.size() > kLongestName)
    return wrong(fmt::format("a name has 1 to {} characters", kLongestName));
  if (name == "localhost") return wrong("it is a host");
  if (name[0] == '-') return wrong("it begins with a dash");
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!plain) return wrong("names consist of a-z, 0-9 and dashes");
  return {};
}

Store::Store(std::string folder) : folder_(std::move(folder)) {}

base::Result<Contents> Store::read() const {
  const std::string path = folder_ + "/registries.json";
  BERTH_TRY(const auto document, read_document(path));
  return contents_of(document, path);
}

base::Result<void> Store::update(const std::function<base::Result<void>(Contents&)>& change,
                                 const base::Cancellation& cancellation) {
  const std::string path = folder_ + "/registries.json";
  BERTH_CHECK(check_no_link(path));
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(folder_ + "/registries.lock", kLockLimit, cancellation));
  BERTH_TRY(auto document, read_document(path));
  BERTH_TRY(auto contents, contents_of(document, path));
  BERTH_CHECK(change(contents));
  BERTH_CHECK(check_whole(contents));
  write_contents(contents, document);
  return base::write_file_atomically(path, document.pretty(), 0600);
}

}  // namespace berth::store
