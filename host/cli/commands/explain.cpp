#include "app/explain.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_explain(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto explanation, app::explain(context.app, arguments.operand(0), context.events));
  const auto& [code, severity, flavor, meaning] = explanation;
  if (context.json)
    print_json(context, base::Json::object({{"schema", 1},
                                            {"ok", true},
                                            {"code", code},
                                            {"severity", severity},
                                            {"flavor", flavor},
                                            {"meaning", meaning}}));
  else
    context.out << fmt::format("{} ({}, flavor {})\n{}\n", code, severity, flavor, base::escape(meaning));
  return 0;
}

}  // namespace

Command explain_command() {
  return {.name = "explain",
          .summary = "Explain a finding",
          .operands = {{.name = "CODE"}},
          .examples = {"berth explain layout.docker-manifest", "berth explain default.product -o json"},
          .run = run_explain,
          .in_help_footer = true};
}

}  // namespace berth::cli
