#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "app/flavors.hpp"
#include "cli/commands/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/output.hpp"

#include "flavor/permissions.hpp"

namespace berth::cli {
namespace {

using base::Json;

void show(Context& context, const flavor::Candidate& candidate) {
  const auto& metadata = *candidate.metadata;
  context.terminal.line(
      fmt::format("{} {} ({})", metadata.flavor, metadata.version, candidate.path));
  context.terminal.line("  sha256       " + candidate.sha256);
  context.terminal.line(fmt::format(
      "  claims       {}",
      metadata.claims.empty() ? "none" : fmt::format("{}", fmt::join(metadata.claims, ", "))));
  if (metadata.permissions.empty()) context.terminal.line("  permissions  none");
  std::string head = "permissions";
  for (const auto& permission : metadata.permissions) {
    context.terminal.line(
        fmt::format("  {:<11}  {}", head, flavor::describe_permission(permission)));
    head.clear();
  }
}

base::Result<int> run_flavor_register(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto candidates, app::inspect_plugins(arguments.operand(0)));
  if (const auto sha256 = arguments.value("--sha256"))
    BERTH_CHECK(app::check_reviewed(candidates, *sha256));
  if (arguments.has("--sha256") && arguments.has("--development"))
    return base::Error(base::ErrorClass::usage, "usage.sha256",
                       "--sha256 cannot be combined with --development");
  for (const auto& candidate : candidates) show(context, candidate);
  if (!arguments.has("--yes"))
    BERTH_CHECK(confirm(context, {.question = "register it?",
                                  .declined = "nothing was registered",
                                  .fix = "pass --yes if the permissions above are acceptable"}));
  const bool development = arguments.has("--development");
  BERTH_CHECK(app::register_flavors(context.app, candidates,
                                    development ? app::PinKind::development : app::PinKind::bytes,
                                    context.events));
  if (development)
    context.events.warning(
        "the plugin may be changed without being registered again: only its path and permissions "
        "are pinned");
  Json list = Json::array();
  for (const auto& candidate : candidates) {
    list.push_back(Json::object({{"flavor", candidate.metadata->flavor},
                                 {"path", candidate.path},
                                 {"sha256", candidate.sha256}}));
    if (!context.json)
      context.out << fmt::format("registered flavor {}\n", candidate.metadata->flavor);
  }
  if (context.json)
    print_json(context,
               Json::object({{"schema", 1}, {"ok", true}, {"registered", std::move(list)}}));
  return 0;
}

}  // namespace

Command flavor_register_command() {
  return {.name = "register",
          .summary = "Show what a plugin, or those in a directory, may access; then pin it",
          .operands = {{.name = "PATH", .kind = ValueKind::file}},
          .options = {{.name = "--yes", .help = "do not ask for confirmation"},
                      {.name = "--sha256", .value = "HEX", .help = "require this SHA-256"},
                      {.name = "--development",
                       .help = "pin path and permissions, but not the bytes: it may be rebuilt"}},
          .examples = {"berth flavor register ./acme.so",
                       "berth flavor register --yes --sha256 \"$REVIEWED\" ./acme.so",
                       "berth flavor register --development build/acme.so"},
          .run = run_flavor_register};
}

}  // namespace berth::cli
