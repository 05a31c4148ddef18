#include <algorithm>
#include <charconv>

#include "app/list_tags.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/natural_order.hpp"
#include "cli/output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

base::Result<std::size_t> parse_limit(const Arguments& arguments) {
  const auto text = arguments.value("--limit");
  if (!text) return std::size_t{0};
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error == std::errc() && end == text->data() + text->size() && limit > 0) return limit;
  return base::Error(base::ErrorClass::usage, "usage.value",
                     "invalid value for --limit: " + base::quote(*text, 80))
      .cause("expected a number from 1");
}

int print_tags(Context& context, app::TagsReport report) {
  if (!context.json) {
    // A person looks for a version; a script may rely on the registry's order.
    if (context.out_style.columns != 0) std::ranges::sort(report.tags, natural_less);
    for (const auto& tag : report.tags) context.out << base::escape(tag) << '\n';
    if (report.tags.empty())
      context.events.info("repository " + report.repository + " has no tags");
    return 0;
  }
  base::Json tags = base::Json::array();
  for (auto& tag : report.tags) tags.push_back(std::move(tag));
  base::Json document =
      base::Json::object({{"schema", 1}, {"ok", true}, {"repository", report.repository}});
  document.set("tags", std::move(tags));
  print_json(context, document);
  return 0;
}

base::Result<int> run_tags(Context& context, const Arguments& arguments) {
  app::ListTagsRequest request{.repository = arguments.operand(0)};
  BERTH_TRY(request.limit, parse_limit(arguments));
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.network, network_options(context, arguments));
  BERTH_TRY(auto report, app::list_tags(context.app, request, context.events));
  return print_tags(context, std::move(report));
}

}  // namespace

Command tags_command() {
  return {
      .name = "tags",
      .summary = "List the tags of a repository",
      .operands = {{.name = "REPOSITORY", .kind = ValueKind::reference}},
      .options = join_options(
          {{{.name = "--limit", .value = "N", .help = "at most N tags, in the registry's order"}},
           target_option_list(),
           network_option_list()}),
      .examples = {"berth tags prod/team/app", "berth tags --limit 20 registry.example/acme/app",
                   "berth tags -o json prod/team/app"},
      .sections = {reference_help(true), environment_help(), exit_status_help()},
      .run = run_tags};
}

}  // namespace berth::cli
