#include "flavor/index.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include <boost/dll/shared_library.hpp>
#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "flavor/claim.hpp"
#include "flavor/examine_plugin.hpp"
#include "flavor/plugin_file.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

constexpr std::size_t kMaxFiles = 10'000;

void reject(Candidate& candidate, const Error& error) {
  candidate.code = error.code();
  candidate.reason =
      error.cause().empty() ? error.message() : error.message() + ": " + error.cause();
  candidate.fix = error.fix();
}

void reject(Candidate& candidate, std::string code, std::string reason, std::string fix) {
  candidate.code = std::move(code);
  candidate.reason = std::move(reason);
  candidate.fix = std::move(fix);
}

// Returns the plugin files in a directory, sorted by name.
std::vector<std::string> plugin_files(const std::string& directory) {
  std::vector<std::string> files;
  boost::system::error_code error;
  for (fs::directory_iterator it(directory, error), end;
       !error && it != end && files.size() < kMaxFiles; it.increment(error))
    if (it->path().extension() == boost::dll::shared_library::suffix())
      files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string canonical(const std::string& path) {
  boost::system::error_code error;
  const auto result = fs::canonical(path, error);
  return error ? path : result.string();
}

class Discovery {
 public:
  explicit Discovery(const std::vector<Pin>& pins) : pins_(pins) {}

  void add_directory(const SearchDirectory& directory) {
    for (const auto& path : plugin_files(directory.path)) {
      const Pin* pin = pin_of(path);
      if (pin != nullptr) {
        add_pin(*pin);
      } else {
        add(path, directory.because, directory.installed ? Origin::built_in : Origin::user,
            nullptr);
      }
    }
  }
  void add_pin(const Pin& pin) { add(pin.path, "registered", Origin::registered, &pin); }

  std::vector<Candidate> decide(const SetAside& set_aside) {
    collect_reserved();
    std::set<std::string> taken;
    for (auto& candidate : candidates_) {
      if (candidate.in_use() && candidate.origin == Origin::user) refuse_privileges(candidate);
      const auto why = candidate.in_use() && set_aside ? set_aside(candidate) : std::nullopt;
      if (why) reject(candidate, *why);
      if (candidate.in_use() && !taken.insert(candidate.metadata->flavor).second) shadow(candidate);
    }
    return std::move(candidates_);
  }

 private:
  [[nodiscard]] const Pin* pin_of(const std::string& path) const {
    for (const auto& pin : pins_)
      if (canonical(pin.path) == canonical(path)) return &pin;
    return nullptr;
  }

  void add(const std::string& path, const std::string& because, Origin origin, const Pin* pin) {
    if (!seen_.insert(canonical(path)).second) return;
    Candidate candidate;
    candidate.path = path;
    candidate.found_through = because;
    candidate.origin = origin;
    if (pin != nullptr) candidate.registered_as = pin->flavor;
    const auto examined = pin == nullptr     ? examine(candidate, origin != Origin::user)
                          : pin->development ? examine_development(candidate, *pin)
                                             : examine_pinned(candidate, *pin);
    if (!examined) reject(candidate, examined.error());
    candidates_.push_back(std::move(candidate));
  }

  // Reserves the names of registered flavors, including those with a rejected file, and the names
  // and claims of built-in flavors.
  void collect_reserved() {
    for (const auto& pin : pins_) reserved_names_.emplace(pin.flavor, "registered");
    for (const auto& candidate : candidates_) {
      if (candidate.origin == Origin::user || !candidate.in_use()) continue;
      reserved_names_.emplace(candidate.metadata->flavor,
                              candidate.origin == Origin::built_in ? "built-in" : "registered");
      if (candidate.origin == Origin::built_in)
        reserved_claims_.insert(candidate.metadata->claims.begin(),
                                candidate.metadata->claims.end());
    }
  }

  void refuse_privileges(Candidate& candidate) const {
    const Metadata& metadata = *candidate.metadata;
    const std::string fix = "berth flavor register " + candidate.path;
    if (!metadata.permissions.empty())
      return reject(candidate, "flavor.unregistered",
                    fmt::format("it requires permissions ({}) but is not registered",
                                fmt::join(metadata.permissions, ", ")),
                    fix);
    if (const auto reserved = reserved_names_.find(metadata.flavor);
        reserved != reserved_names_.end())
      return reject(
          candidate, "flavor.reserved-name",
          fmt::format("the name {} belongs to a {} flavor", metadata.flavor, reserved->second),
          fix);
    for (const auto& claim : metadata.claims)
      if (reserved_claims_.count(claim) != 0)
        return reject(candidate, "flavor.reserved-claim",
                      fmt::format("the claim {} belongs to a built-in flavor", claim), fix);
  }

  void shadow(Candidate& candidate) const {
    for (const auto& other : candidates_)
      if (other.in_use() && other.metadata->flavor == candidate.metadata->flavor)
        return reject(
            candidate, "flavor.shadowed",
            fmt::format("shadowed by {}, found first through {}", other.path, other.found_through),
            "");
  }

  const std::vector<Pin>& pins_;
  std::vector<Candidate> candidates_;
  std::set<std::string> seen_;
  std::map<std::string, const char*> reserved_names_;  // values: "registered" or "built-in"
  std::set<std::string> reserved_claims_;
};

bool comes_before_pins(const SearchDirectory& directory) {
  return directory.because == "--flavor-path" || directory.because == "BERTH_FLAVOR_PATH";
}

std::size_t best_claim(const Metadata& metadata, std::string_view host) {
  std::size_t best = 0;
  for (const auto& claim : metadata.claims) best = std::max(best, claim_specificity(claim, host));
  return best;
}

struct BestClaim {
  std::size_t score = 0;
  const Candidate* candidate = nullptr;
  const Candidate* tied = nullptr;  // claims the host as well as `candidate`
};

// Returns the best claim of the used plugins that are registered or installed (`trusted`), or of
// the other used plugins.
BestClaim best_of(const std::vector<Candidate>& candidates, std::string_view host, bool trusted) {
  BestClaim best;
  for (const auto& candidate : candidates) {
    if (!candidate.in_use() || (candidate.origin != Origin::user) != trusted) continue;
    const auto score = best_claim(*candidate.metadata, host);
    if (score == 0 || score < best.score) continue;
    best = {score, &candidate, score == best.score ? best.candidate : nullptr};
  }
  return best;
}

// Returns `error` with cause and fix of `installed` if that failed.
Error with_searched_directories(Error error, const base::Result<void>& installed) {
  if (installed) return error;
  const auto& reason = installed.error();
  return std::move(error)
      .cause(reason.message() + "; " + reason.cause())
      .fix(std::string(reason.fix()));
}

}  // namespace

FlavorIndex FlavorIndex::discover(const std::vector<SearchDirectory>& directorys,
                                  const std::vector<Pin>& pins, const SetAside& set_aside) {
  Discovery discovery(pins);
  for (const auto& directory : directorys)
    if (comes_before_pins(directory)) discovery.add_directory(directory);
  for (const auto& pin : pins) discovery.add_pin(pin);
  for (const auto& directory : directorys)
    if (!comes_before_pins(directory)) discovery.add_directory(directory);
  FlavorIndex index;
  index.candidates_ = discovery.decide(set_aside);
  index.searched_ = directorys;
  return index;
}

base::Result<void> FlavorIndex::check_installed() const {
  const auto installed = std::ranges::find_if(searched_, &SearchDirectory::installed);
  const auto built_in = [](const Candidate& found) { return found.origin == Origin::built_in; };
  if (installed == searched_.end() || std::ranges::any_of(candidates_, built_in)) return {};
  std::vector<std::string> paths;
  for (const auto& directory : searched_) paths.push_back(base::escape(directory.path));
  return Error(ErrorClass::not_found, "flavor.not-installed",
               candidates_.empty() ? "no flavors found" : "no built-in flavors found")
      .cause(fmt::format("searched {}", fmt::join(paths, ", ")))
      .fix("reinstall berth, which includes flavors in " +
           paths.at(static_cast<std::size_t>(installed - searched_.begin())));
}

base::Result<const Candidate*> FlavorIndex::find(std::string_view flavor) const {
  std::vector<std::string> names;
  const Candidate* rejected = nullptr;
  for (const auto& candidate : candidates_) {
    const bool wanted = candidate.flavor() == flavor;
    if (wanted && candidate.in_use()) return &candidate;
    if (wanted && rejected == nullptr) rejected = &candidate;
    if (candidate.in_use()) names.push_back(candidate.metadata->flavor);
  }
  if (rejected != nullptr)
    return Error(ErrorClass::trust, rejected->code, fmt::format("flavor {} cannot be used", flavor))
        .cause(rejected->path + ": " + rejected->reason)
        .fix(rejected->fix);
  Error error = Error(ErrorClass::not_found, "flavor.unknown",
                      "flavor " + base::quote(flavor, 80) + " not found")
                    .cause(fmt::format("available: {}", fmt::join(names, ", ")));
  if (flavor.find('/') != std::string_view::npos)
    return std::move(error).fix(fmt::format(
        "register the file, then use its flavor's name: berth flavor register {}", flavor));
  if (const auto near = base::near_miss(flavor, names))
    return std::move(error).fix("did you mean " + *near + "?");
  return with_searched_directories(std::move(error).fix("berth flavor list --all"),
                                   check_installed());
}

base::Result<const Candidate*> FlavorIndex::claiming(std::string_view host) const {
  // A file that was only copied into a directory must not take over a host from flavors that the
  // user trusts.
  auto best = best_of(candidates_, host, true);
  if (best.score <= kAnyHost)
    if (const auto unregistered = best_of(candidates_, host, false); unregistered.score > kAnyHost)
      best = unregistered;
  if (best.candidate == nullptr) best = best_of(candidates_, host, false);
  if (best.candidate == nullptr)
    return with_searched_directories(
        Error(ErrorClass::not_found, "flavor.unclaimed", fmt::format("no flavor claims {}", host))
            .fix("pass --flavor"),
        check_installed());
  if (best.tied != nullptr)
    return Error(ErrorClass::usage, "flavor.ambiguous",
                 fmt::format("flavors {} and {} both claim {}", best.tied->metadata->flavor,
                             best.candidate->metadata->flavor, host))
        .fix("pass --flavor or --registry");
  return best.candidate;
}

base::Result<Candidate> inspect_plugin(const std::string& path) {
  Candidate candidate;
  boost::system::error_code error;
  candidate.path = fs::absolute(path).lexically_normal().string();
  candidate.found_through = "named";
  if (fs::symlink_status(path, error).type() == fs::file_not_found)
    return Error(ErrorClass::not_found, "flavor.no-file",
                 "file " + base::escape(path) + " not found");
  BERTH_CHECK(examine(candidate, true));
  BERTH_CHECK(add_sha256(candidate));
  return candidate;
}

base::Result<void> add_sha256(Candidate& candidate) {
  if (!candidate.sha256.empty()) return {};
  BERTH_TRY(const auto file, open_plugin_file(candidate.path));
  BERTH_TRY(candidate.sha256, hash_plugin_file(file.get(), candidate.path));
  return check_version(file, candidate.path, candidate.version);
}

}  // namespace berth::flavor
