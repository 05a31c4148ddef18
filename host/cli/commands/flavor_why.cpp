#include <fmt/format.h>

#include "app/flavors.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

Json remarks_of(const flavor::Candidate& candidate) {
  Json list = Json::array();
  if (!candidate.metadata) return list;
  for (const auto& remark : candidate.metadata->remarks) list.push_back(remark);
  return list;
}

void print_remarks(Context& context, const flavor::Candidate& candidate) {
  if (!candidate.metadata) return;
  for (const auto& remark : candidate.metadata->remarks)
    context.out << "  note  " << base::escape(remark) << '\n';
}

void print_answer(Context& context, const flavor::Candidate& candidate) {
  if (candidate.in_use()) {
    context.out << fmt::format("{} is in use as flavor {}, found through {}\n",
                               base::escape(candidate.path), candidate.flavor(),
                               candidate.found_through);
    print_remarks(context, candidate);
    return;
  }
  context.out << base::escape(fmt::format("{} is not in use: {} ({})", candidate.path,
                                          candidate.reason, candidate.code))
              << '\n';
  print_remarks(context, candidate);
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
                                    {"fix", candidate.fix},
                                    {"remarks", remarks_of(candidate)}}));
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
