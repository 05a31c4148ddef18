#include <fmt/format.h>

#include "app/flavors.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

void print_answer(Context& context, const flavor::Candidate& candidate) {
  if (candidate.in_use()) {
    context.out << fmt::format("{} is in use as flavor {}, found through {}\n",
                               base::escape(candidate.path), candidate.flavor(),
                               candidate.found_through);
    return;
  }
  context.out << base::escape(fmt::format("{} is not in use: {} ({})", candidate.path,
                                          candidate.reason, candidate.code))
              << '\n';
  if (!candidate.fix.empty()) context.out << "  fix  " << base::escape(candidate.fix) << '\n';
}

base::Result<int> run_flavor_why(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto found,
            app::explain_selection(context.app, arguments.operand(0), context.events));
  Json answers = Json::array();
  for (const auto& candidate : found) {
    answers.push_back(Json::object({{"path", candidate.path},
                                    {"in_use", candidate.in_use()},
                                    {"code", candidate.code},
                                    {"reason", candidate.reason},
                                    {"fix", candidate.fix}}));
    if (!context.json) print_answer(context, candidate);
  }
  if (context.json)
    print_json(context, Json::object({{"schema", 1}, {"ok", true}, {"files", std::move(answers)}}));
  return 0;
}

}  // namespace

Command flavor_why_command() {
  return {.name = "why",
          .summary = "Explain why a file or name is, or is not, in use",
          .operands = {{.name = "PATH-or-NAME", .kind = ValueKind::flavor}},
          .examples = {"berth flavor why default", "berth flavor why ./acme.so"},
          .run = run_flavor_why};
}

}  // namespace berth::cli
