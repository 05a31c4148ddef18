#include "app/flavors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <boost/dll/shared_library.hpp>
#include <boost/filesystem.hpp>

#include "app/quarantine.hpp"
#include "app/workspace.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

// Only the first file of a flavor is used: another one would be registered without effect.
void replace_pins(store::Contents& contents, const flavor::Candidate& candidate, Events& events) {
  std::erase_if(contents.pins, [&](const store::Pin& pin) {
    const bool replaced = pin.flavor == candidate.metadata->flavor && pin.path != candidate.path;
    if (replaced)
      events.info(fmt::format("flavor {} was registered with {}, which is no longer used",
                              pin.flavor, pin.path));
    return replaced;
  });
}

base::Result<void> check_one_per_flavor(const std::vector<flavor::Candidate>& candidates) {
  for (const auto& one : candidates)
    for (const auto& other : candidates)
      if (&one < &other && one.metadata->flavor == other.metadata->flavor)
        return Error(ErrorClass::usage, "flavor.registered-twice",
                     "two files have the flavor " + one.metadata->flavor)
            .cause(one.path + " and " + other.path)
            .fix("register one of them: berth flavor register " + one.path);
  return {};
}

// Replaces an older pin of that path, an unusable one too.
void pin(store::Contents& contents, const flavor::Candidate& candidate, PinKind kind) {
  std::erase_if(contents.unusable, [&](const store::UnusableEntry& entry) {
    return entry.kind == store::UnusableEntry::Kind::plugin &&
           entry.stored.string_or("path", "") == candidate.path;
  });
  auto place = std::find_if(contents.pins.begin(), contents.pins.end(),
                            [&](const store::Pin& pin) { return pin.path == candidate.path; });
  if (place == contents.pins.end()) place = contents.pins.emplace(place);
  place->path = candidate.path;
  place->sha256 = candidate.sha256;
  place->development = kind == PinKind::development;
  place->flavor = candidate.metadata->flavor;
  place->permissions = candidate.metadata->permissions;
}

base::Result<void> erase_pins(store::Contents& contents, const std::string& name) {
  const auto is_pin = [&](const store::Pin& pin) { return pin.flavor == name; };
  const auto is_unusable_pin = [&](const store::UnusableEntry& entry) {
    return entry.kind == store::UnusableEntry::Kind::plugin && entry.name == name;
  };
  if (std::none_of(contents.pins.begin(), contents.pins.end(), is_pin) &&
      std::none_of(contents.unusable.begin(), contents.unusable.end(), is_unusable_pin))
    return Error(ErrorClass::not_found, "flavor.not-registered",
                 "flavor " + name + " is not registered")
        .fix("berth flavor list");
  for (const auto& registry : contents.container_registries)
    if (registry.flavor == name)
      return Error(ErrorClass::usage, "flavor.in-use",
                   fmt::format("container registry {} uses flavor {}", registry.name, name))
          .fix("berth registry delete " + registry.name);
  std::erase_if(contents.pins, is_pin);
  std::erase_if(contents.unusable, is_unusable_pin);
  return {};
}

bool is_path(const std::string& text) {
  boost::system::error_code error;
  return text.find('/') != std::string::npos ||
         fs::symlink_status(text, error).type() != fs::file_not_found;
}

bool same_file(const std::string& left, const std::string& right) {
  boost::system::error_code error;
  if (fs::absolute(left).lexically_normal() == fs::absolute(right).lexically_normal()) return true;
  return fs::equivalent(left, right, error) && !error;
}

std::vector<flavor::Candidate> matching(const flavor::FlavorIndex& index, const std::string& text) {
  std::vector<flavor::Candidate> found;
  for (const auto& candidate : index.candidates()) {
    if (is_path(text) ? same_file(candidate.path, text) : candidate.flavor() == text)
      found.push_back(candidate);
  }
  return found;
}

// A file that is not on the search path.
base::Result<flavor::Candidate> inspect_unlisted(const std::string& path) {
  flavor::Candidate candidate;
  candidate.path = path;
  auto inspected = flavor::inspect_plugin(path);
  if (!inspected && inspected.error().error_class() == base::ErrorClass::not_found)
    return std::move(inspected).error();
  candidate.code = inspected ? "flavor.not-on-path" : inspected.error().code();
  candidate.reason =
      inspected ? "its directory is not in the search path, and the plugin is not registered"
                : inspected.error().message() + ": " + inspected.error().cause();
  candidate.fix = inspected ? "berth flavor register " + path : inspected.error().fix();
  return candidate;
}

}  // namespace

base::Result<std::vector<flavor::Candidate>> inspect_plugins(const std::string& path) {
  std::vector<flavor::Candidate> candidates;
  boost::system::error_code error;
  if (!fs::is_directory(path, error)) {
    BERTH_TRY(auto candidate, flavor::inspect_plugin(path));
    candidates.push_back(std::move(candidate));
    return candidates;
  }
  std::vector<std::string> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == boost::dll::shared_library::suffix())
      files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    BERTH_TRY(auto candidate, flavor::inspect_plugin(file));
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty())
    return Error(ErrorClass::not_found, "flavor.empty-folder", "no plugin found in " + path);
  return candidates;
}

base::Result<void> check_reviewed(const std::vector<flavor::Candidate>& candidates,
                                  const std::string& sha256) {
  if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Error(ErrorClass::usage, "usage.sha256", "--sha256 requires 64 lower-case hex digits");
  if (candidates.size() != 1)
    return Error(ErrorClass::usage, "usage.sha256", "--sha256 requires a single file");
  if (sha256 == candidates.front().sha256) return {};
  return Error(ErrorClass::trust, "flavor.not-reviewed",
               candidates.front().path + " does not match --sha256")
      .cause(fmt::format("its SHA-256 is {}, expected {}", candidates.front().sha256, sha256));
}

base::Result<void> register_flavors(const App& app,
                                    const std::vector<flavor::Candidate>& candidates, PinKind kind,
                                    Events& events) {
  BERTH_CHECK(check_one_per_flavor(candidates));
  return update_store(app, events, [&](store::Contents& contents) -> base::Result<void> {
    for (const auto& candidate : candidates) {
      replace_pins(contents, candidate, events);
      pin(contents, candidate, kind);
      Quarantine(app.paths.state).forget(candidate.path);
    }
    return {};
  });
}

base::Result<void> delete_flavor(const App& app, const std::string& name, Events& events) {
  return update_store(app, events,
                      [&](store::Contents& contents) { return erase_pins(contents, name); });
}

base::Result<FlavorList> list_flavors(const App& app, Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  FlavorList list;
  for (const auto& candidate : workspace.index.candidates())
    (candidate.in_use() ? list.in_use : list.others).push_back(candidate);
  for (auto& candidate : list.in_use) BERTH_CHECK(flavor::add_sha256(candidate));
  if (const auto installed = workspace.index.check_installed(); !installed)
    events.warning(installed.error().message() + "; " + installed.error().cause());
  return list;
}

base::Result<std::vector<flavor::Candidate>> explain_selection(const App& app,
                                                               const std::string& path_or_name,
                                                               Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  auto found = matching(workspace.index, path_or_name);
  if (found.empty() && is_path(path_or_name)) {
    BERTH_TRY(auto unlisted, inspect_unlisted(path_or_name));
    found.push_back(std::move(unlisted));
  }
  if (found.empty()) {
    BERTH_TRY([[maybe_unused]] const auto* candidate, workspace.index.find(path_or_name));
  }
  return found;
}

}  // namespace berth::app
