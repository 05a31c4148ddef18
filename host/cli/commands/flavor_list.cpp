#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "app/flavors.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

Json flavor_json(const flavor::Candidate& candidate) {
  Json permissions = Json::array();
  for (const auto& permission : candidate.metadata->permissions) permissions.push_back(permission);
  return Json::object({{"flavor", candidate.metadata->flavor},
                       {"version", candidate.metadata->version},
                       {"source", flavor::origin_name(candidate.origin)},
                       {"path", candidate.path},
                       {"permissions", std::move(permissions)},
                       {"sha256", candidate.sha256}});
}

// The kinds of permissions: "env,file,http". `describe` lists the permissions.
std::string kinds_of(const std::vector<std::string>& permissions) {
  std::set<std::string> kinds;
  for (const auto& permission : permissions)
    kinds.insert(permission.substr(0, permission.find(':')));
  return kinds.empty() ? "none" : fmt::format("{}", fmt::join(kinds, ","));
}

std::vector<std::string> row_of(const flavor::Candidate& candidate) {
  const bool known = candidate.metadata.has_value();
  return {known ? candidate.metadata->flavor : "-", known ? candidate.metadata->version : "-",
          std::string(flavor::origin_name(candidate.origin)),
          known ? kinds_of(candidate.metadata->permissions) : "none", candidate.path};
}

std::string version_of(const flavor::Candidate& candidate) {
  if (candidate.metadata) return candidate.metadata->version;
  return candidate.identity ? candidate.identity->version : "";
}

// "acme 2.1.0: " for a plugin whose metadata cannot be used; empty if it has no name.
std::string identified(const flavor::Candidate& candidate) {
  if (!candidate.identity) return {};
  return candidate.identity->flavor + " " + candidate.identity->version + ": ";
}

base::Result<int> run_flavor_list(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto list, app::list_flavors(context.app, context.events));
  Json used = Json::array();
  Json rejected = Json::array();
  std::vector<std::vector<std::string>> rows{
      {"FLAVOR", "VERSION", "SOURCE", "PERMISSIONS", "PATH"}};
  std::vector<std::vector<std::string>> others;
  for (const auto& candidate : list.in_use) {
    used.push_back(flavor_json(candidate));
    rows.push_back(row_of(candidate));
  }
  for (const auto& candidate : list.others) {
    rejected.push_back(Json::object({{"path", candidate.path},
                                     {"flavor", candidate.flavor()},
                                     {"version", version_of(candidate)},
                                     {"code", candidate.code},
                                     {"reason", candidate.reason}}));
    others.push_back({candidate.path, candidate.code, identified(candidate) + candidate.reason});
  }
  if (context.json) {
    print_json(context, Json::object({{"schema", 1},
                                      {"flavors", std::move(used)},
                                      {"rejected", std::move(rejected)}}));
    return 0;
  }
  print_table(context, rows);
  if (arguments.has("--all") && !others.empty()) {
    context.out << "\nnot in use:\n";
    print_table(context, others);
  } else if (!others.empty()) {
    context.events.info(fmt::format("{} more not in use: berth flavor list --all", others.size()));
  }
  return 0;
}

}  // namespace

Command flavor_list_command() {
  return {.name = "list",
          .summary = "List the available flavors",
          .options = {{.name = "--all", .help = "also plugins that are not in use, and why"}},
          .examples = {"berth flavor list", "berth flavor list --all"},
          .run = run_flavor_list};
}

}  // namespace berth::cli
