#include "app/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::app {
namespace {

struct DeclaredFinding {
  const flavor::Candidate* candidate;
  const flavor::FindingKind* kind;
};

// The findings that the flavors in use declare.
std::vector<DeclaredFinding> all_findings(const flavor::FlavorIndex& index) {
  std::vector<DeclaredFinding> all;
  for (const auto& candidate : index.candidates())
    if (candidate.in_use() && candidate.metadata)
      for (const auto& kind : candidate.metadata->findings) all.push_back({&candidate, &kind});
  return all;
}

base::Error unknown_code(const std::string& code, const std::vector<DeclaredFinding>& all) {
  std::vector<std::string> codes;
  for (const auto& each : all) codes.push_back(each.kind->code);
  const auto near = base::near_miss(code, codes);
  return base::Error(base::ErrorClass::not_found, "explain.unknown",
                     fmt::format("finding {} not found", base::quote(code, 80)))
      .cause("only findings of flavors can be explained; other errors are printed with cause and fix")
      .fix(near ? "berth explain " + *near : "list the findings of a flavor: berth flavor describe FLAVOR");
}

}  // namespace

base::Result<Explanation> explain(const App& app, const std::string& code, Events& events) {
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  const auto all = all_findings(workspace.index);
  const auto found = std::ranges::find_if(all, [&](const auto& each) { return each.kind->code == code; });
  if (found == all.end()) return unknown_code(code, all);
  return Explanation{.code = found->kind->code,
                     .severity = found->kind->severity,
                     .flavor = found->candidate->flavor(),
                     .meaning = found->kind->meaning};
}

}  // namespace berth::app
