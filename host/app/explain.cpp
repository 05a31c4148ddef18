#include "app/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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
bool is_below(const Explanation& explanation, const std::string& beginning) {
  const std::string& code = explanation.code;
  if (beginning.empty()) return true;
  if (!code.starts_with(beginning) || code.size() == beginning.size()) return false;
  return beginning.ends_with('.') || code[beginning.size()] == '.' || code[beginning.size()] == '-';
}

// Returns whether an error with that code may have the class, given by its name or exit status.
bool is_reported_as(const Explanation& explanation, const std::string& class_or_status) {
  return std::ranges::any_of(explanation.classes, [&](base::ErrorClass error_class) {
    const base::Error error(error_class, "", "");
    return base::class_name(error_class) == class_or_status ||
           std::to_string(error.exit_status()) == class_or_status;
  });
}

// A code that contains `text` as a part of its name: "moved" is that of "push.moved".
const std::string* containing_code(const std::string& text, const std::vector<Explanation>& all) {
  const auto found = std::ranges::find_if(all, [&](const Explanation& each) {
    return each.code.ends_with("." + text) || each.code.ends_with("-" + text);
  });
  return found != all.end() ? &found->code : nullptr;
}

base::Error unknown_code(const std::string& text, const std::vector<Explanation>& all) {
  std::vector<std::string> codes;
  for (const auto& each : all) codes.push_back(each.code);
  auto near = base::near_miss(text, codes);
  if (const auto* code = containing_code(text, all); code != nullptr && !near) near = *code;
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
  for (const auto matches : {&is_below, &is_reported_as}) {
    std::vector<Explanation> wanted;
    std::ranges::copy_if(all, std::back_inserter(wanted),
                         [&](const Explanation& each) { return matches(each, text); });
    if (!wanted.empty()) return wanted;
  }
  return unknown_code(text, all);
}

}  // namespace berth::app
