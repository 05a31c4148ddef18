#include <fmt/format.h>

#include <algorithm>

#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;

struct Explained {
  const flavor::Candidate* candidate;
  const flavor::FindingKind* kind;
};

// What the flavors in use may report.
std::vector<Explained> all_findings(const flavor::FlavorIndex& index) {
  std::vector<Explained> all;
  for (const auto& candidate : index.candidates())
    if (candidate.in_use() && candidate.metadata)
      for (const auto& kind : candidate.metadata->findings) all.push_back({&candidate, &kind});
  return all;
}

base::Error unknown(const std::string& code, const std::vector<Explained>& all) {
  std::vector<std::string> codes;
  for (const auto& each : all) codes.push_back(each.kind->code);
  const auto near = base::near_miss(code, codes);
  return base::Error(base::ErrorClass::not_found, "explain.unknown",
                     fmt::format("no flavor here reports {}", base::quote(code, 80)))
      .cause("explained are the findings of flavors; an error of berth itself says its cause and its fix")
      .fix(near ? "berth explain " + *near : "berth flavor describe FLAVOR lists what a flavor finds");
}

base::Result<int> explain(Context& context, const Arguments& arguments) {
  const std::string& code = arguments.operand(0);
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  const auto all = all_findings(workspace.index);
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.kind->code == code; });
  if (found == all.end()) return unknown(code, all);
  const auto& [candidate, kind] = *found;
  if (context.json)
    print_json(context, Json::object({{"schema", 1},
                                      {"ok", true},
                                      {"code", kind->code},
                                      {"severity", kind->severity},
                                      {"flavor", candidate->flavor()},
                                      {"meaning", kind->meaning}}));
  else
    context.out << fmt::format("{} ({}, flavor {})\n{}\n", kind->code, kind->severity, candidate->flavor(),
                               base::escape(kind->meaning));
  return 0;
}

}  // namespace

Command explain_command() {
  Command command;
  command.name = "explain";
  command.summary = "Explain a finding";
  command.examples = {"berth explain layout.docker-manifest", "berth explain default.product -o json"};
  command.operands = {{"CODE", true, false}};
  command.aside = true;
  command.run = explain;
  return command;
}

}  // namespace berth::cli
