#include "app/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

// Returns the classes and, of findings, the severities: "integrity", "usage, not-found", "server,
// warning".
std::string describe_report(const app::Explanation& explanation) {
  std::vector<std::string_view> forms;
  for (const auto error_class : explanation.classes) forms.push_back(base::class_name(error_class));
  for (const auto& severity : explanation.severities)
    if (severity != "error" || explanation.classes.empty()) forms.push_back(severity);
  return fmt::format("{}", fmt::join(forms, ", "));
}

std::string describe_origin(const app::Explanation& explanation) {
  if (!explanation.flavor.empty()) return ", flavor " + explanation.flavor;
  if (explanation.classes.size() != 1 ||
      explanation.classes.front() == base::ErrorClass::interrupted)
    return "";
  return fmt::format(", exit status {}",
                     base::Error(explanation.classes.front(), "", "").exit_status());
}

base::Json explanation_json(const app::Explanation& explanation) {
  base::Json classes = base::Json::array();
  for (const auto error_class : explanation.classes)
    classes.push_back(base::class_name(error_class));
  const auto or_null = [](const std::string& text) {
    return text.empty() ? base::Json() : base::Json(text);
  };
  return base::Json::object(
      {{"code", explanation.code},
       {"severity", explanation.severities.front()},
       {"severities", base::Json(base::Json::Array(explanation.severities.begin(),
                                                   explanation.severities.end()))},
       {"classes", std::move(classes)},
       {"flavor", or_null(explanation.flavor)},
       {"meaning", explanation.meaning},
       {"fix", or_null(explanation.fix)}});
}

void print_explanation(Context& context, const app::Explanation& explanation) {
  if (context.json) {
    base::Json document = base::Json::object({{"schema", 1}, {"ok", true}});
    const base::Json explained = explanation_json(explanation);
    for (const auto& [name, value] : *explained.as_object()) document.set(name, value);
    return print_json(context, document);
  }
  context.out << fmt::format("{} ({}{})\n{}\n", explanation.code, describe_report(explanation),
                             describe_origin(explanation), base::escape(explanation.meaning));
  if (!explanation.fix.empty()) context.out << fmt::format("  fix       {}\n", explanation.fix);
}

void print_list(Context& context, const std::vector<app::Explanation>& explanations) {
  base::Json codes = base::Json::array();
  std::vector<std::vector<std::string>> rows{{"CODE", "REPORTED AS", "MEANING"}};
  for (const auto& explanation : explanations) {
    codes.push_back(explanation_json(explanation));
    rows.push_back({explanation.code, describe_report(explanation), explanation.meaning});
  }
  if (context.json)
    print_json(context,
               base::Json::object({{"schema", 1}, {"ok", true}, {"codes", std::move(codes)}}));
  else
    print_table(context, rows);
}

base::Result<int> run_explain(Context& context, const Arguments& arguments) {
  const std::string text = arguments.operands.empty() ? "" : arguments.operand(0);
  BERTH_TRY(const auto explanations, app::explain(context.app, text, context.events));
  if (explanations.size() == 1 && explanations.front().code == text)
    print_explanation(context, explanations.front());
  else
    print_list(context, explanations);
  return 0;
}

}  // namespace

Command explain_command() {
  return {
      .name = "explain",
      .summary = "Explain an error or finding code, or list those of a class or with a beginning",
      .operands = {{.name = "CODE", .required = false, .kind = ValueKind::code}},
      .examples = {"berth explain push.moved", "berth explain integrity",
                   "berth explain default.product -o json"},
      .run = run_explain,
      .in_help_footer = true};
}

}  // namespace berth::cli
