#include "app/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/workspace.hpp"
#include "base/error_codes.hpp"
#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::app {
namespace {

Explanation explain_host_code(const base::ErrorCode& code) {
  Explanation explanation{.code = code.code,
                          .classes = code.reported_as.classes(),
                          .meaning = code.meaning,
                          .fix = code.remedy};
  for (const auto severity : code.reported_as.severities())
    explanation.severities.emplace_back(severity);
  return explanation;
}

std::vector<Explanation> explain_all(const flavor::FlavorIndex& index) {
  std::vector<Explanation> all;
  for (const auto& code : base::error_codes()) all.push_back(explain_host_code(code));
  for (const auto& candidate : index.candidates()) {
    if (!candidate.in_use() || !candidate.metadata) continue;
    for (const auto& kind : candidate.metadata->findings)
      all.push_back({.code = kind.code,
                     .severities = {kind.severity},
                     .flavor = candidate.flavor(),
                     .meaning = kind.meaning});
  }
  std::ranges::stable_sort(all, {}, &Explanation::code);
  return all;
}

// Returns whether `beginning` ends where a part of the code does.
bool is_below(const std::string& code, const std::string& beginning) {
  if (beginning.empty()) return true;
  if (!code.starts_with(beginning) || code.size() == beginning.size()) return false;
  return beginning.ends_with('.') || code[beginning.size()] == '.' || code[beginning.size()] == '-';
}

base::Error unknown_code(const std::string& text, const std::vector<Explanation>& all) {
  std::vector<std::string> codes;
  for (const auto& each : all) codes.push_back(each.code);
  const auto near = base::near_miss(text, codes);
  return base::Error(base::ErrorClass::not_found, "explain.unknown",
                     fmt::format("code {} not found", base::quote(text, 80)))
      .cause("neither berth nor a flavor in use reports it")
      .fix(near ? "berth explain " + *near : "list all codes: berth explain");
}

}  // namespace

base::Result<std::vector<Explanation>> explain(const App& app, const std::string& text,
                                               Events& events) {
  if (const auto* code = base::find_error_code(text)) return std::vector{explain_host_code(*code)};
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  auto all = explain_all(workspace.index);
  const auto found = std::ranges::find(all, text, &Explanation::code);
  if (found != all.end()) return std::vector{*found};
  if (std::ranges::none_of(all, [&](const Explanation& each) { return is_below(each.code, text); }))
    return unknown_code(text, all);
  std::erase_if(all, [&](const Explanation& each) { return !is_below(each.code, text); });
  return all;
}

}  // namespace berth::app
