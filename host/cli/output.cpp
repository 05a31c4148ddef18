#include "cli/output.hpp"

#include "app/root_cause.hpp"
#include "base/redact.hpp"
#include "cli/table.hpp"

namespace berth::cli {

using base::Json;

void print_json(Context& context, const Json& document) { context.out << document.dump() << '\n'; }

int print_done(Context& context, const std::string& text) {
  if (context.json)
    print_json(context, Json::object({{"schema", 1}, {"ok", true}}));
  else
    context.out << text << '\n';
  return 0;
}

void print_table(Context& context, const std::vector<std::vector<std::string>>& rows) {
  context.out << format_table(rows, context.out_style);
}

Json error_json(const base::Error& error) {
  return Json::object({{"class", base::class_name(error.error_class())},
                       {"code", error.code()},
                       {"message", base::redact(error.message())},
                       {"cause", base::redact(error.cause())},
                       {"registry", base::redact(error.registry())},
                       {"fix", base::redact(error.fix())}});
}

Json failure_json(const base::Error& error) {
  return Json::object({{"schema", 1}, {"ok", false}, {"error", error_json(error)}});
}

int print_failure(Context& context, const base::Error& failed, const std::string& subject) {
  const auto error = app::root_cause(context.app.cancellation, failed);
  context.terminal.error(error, subject);
  if (context.json) print_json(context, failure_json(error));
  return error.exit_status();
}

Json findings_json(const std::vector<flavor::Finding>& findings) {
  Json list = Json::array();
  for (const auto& finding : findings)
    list.push_back(Json::object({{"severity", flavor::severity_name(finding.severity)},
                                 {"code", finding.code},
                                 {"message", base::redact(finding.message)},
                                 {"fix", base::redact(finding.fix)}}));
  return list;
}

Json registry_json(const store::ContainerRegistry& registry, bool active) {
  Json labels = Json::object();
  for (const auto& [key, value] : registry.labels) labels.set(key, value);
  return Json::object({{"name", registry.name},
                       {"flavor", registry.flavor},
                       {"uri", registry.uri.str()},
                       {"active", active},
                       {"settings", registry.settings},
                       {"labels", std::move(labels)}});
}

}  // namespace berth::cli
