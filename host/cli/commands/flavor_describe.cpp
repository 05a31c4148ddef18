#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/describe.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "flavor/permissions.hpp"

namespace berth::cli {
namespace {

using base::Json;

Json strings(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.push_back(text);
  return list;
}

Json findings(const std::vector<flavor::FindingKind>& kinds) {
  Json list = Json::array();
  for (const auto& kind : kinds)
    list.push_back(Json::object(
        {{"code", kind.code}, {"severity", kind.severity}, {"meaning", kind.meaning}}));
  return list;
}

std::string joined(const std::vector<std::string>& texts) {
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

// "0.0 (built with 0.1)": the ABI that it requires, and that of its header.
std::string describe_abi(const flavor::Metadata& metadata) {
  const auto required = fmt::format("{}.{}", metadata.abi_major, metadata.min_host_minor);
  return metadata.built_with.empty()
             ? required
             : fmt::format("{} (built with {})", required, metadata.built_with);
}

std::string describe_extensions(const flavor::Metadata& metadata) {
  return metadata.extensions ? joined(*metadata.extensions) : "not listed";
}

Json abi_json(const flavor::Metadata& metadata) {
  return Json::object({{"major", std::int64_t{metadata.abi_major}},
                       {"min_host_minor", std::int64_t{metadata.min_host_minor}},
                       {"built_with", metadata.built_with},
                       {"sdk_version", metadata.sdk_version}});
}

std::string pin_of(const flavor::Candidate& candidate) {
  if (candidate.development) return "path and permissions (development)";
  return candidate.origin == flavor::Origin::registered ? "sha256:" + candidate.sha256
                                                        : "not pinned";
}

void print_text(Context& context, const flavor::Candidate& candidate,
                const std::vector<flavor::Setting>& settings) {
  const auto& metadata = *candidate.metadata;
  std::vector<std::vector<std::string>> about{
      {"flavor", metadata.flavor},
      {"version", metadata.version},
      {"description", metadata.description},
      {"source", std::string(flavor::origin_name(candidate.origin))},
      {"plugin", candidate.path},
      {"sha256", candidate.sha256},
      {"pin", pin_of(candidate)},
      {"ABI", describe_abi(metadata)},
      {"extensions", describe_extensions(metadata)},
      {"claims", joined(metadata.claims)},
      {"permissions", metadata.permissions.empty() ? "none" : ""}};
  for (const auto& permission : metadata.permissions) {
    if (!about.back()[1].empty()) about.push_back({"", ""});
    about.back()[1] = flavor::describe_permission(permission);
  }
  for (const auto& remark : metadata.remarks) about.push_back({"note", remark});
  print_table(context, about);
  context.out << '\n';
  std::vector<std::vector<std::string>> rows{{"SETTING", "TYPE", "DEFAULT", "DESCRIPTION"}};
  for (const auto& setting : settings)
    rows.push_back({setting.name + (setting.required ? " (required)" : ""), setting.type,
                    setting.default_value.is_null() ? "-" : setting.default_value.dump(),
                    setting.description});
  print_table(context, rows);
  if (metadata.findings.empty()) return;
  context.out << '\n';
  std::vector<std::vector<std::string>> kinds{{"FINDING", "SEVERITY"}};
  for (const auto& kind : metadata.findings) kinds.push_back({kind.code, kind.severity});
  print_table(context, kinds);
}

base::Result<int> run_flavor_describe(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto description,
            app::describe_flavor(context.app, arguments.operand(0), context.events));
  const auto& [plugin, settings] = description;
  if (!context.json) {
    print_text(context, plugin, settings);
    return 0;
  }
  const auto& metadata = *plugin.metadata;
  print_json(
      context,
      Json::object({{"schema", 1},
                    {"flavor", metadata.flavor},
                    {"version", metadata.version},
                    {"description", metadata.description},
                    {"source", flavor::origin_name(plugin.origin)},
                    {"path", plugin.path},
                    {"sha256", plugin.sha256},
                    {"pinned", plugin.origin == flavor::Origin::registered},
                    {"claims", strings(metadata.claims)},
                    {"permissions", strings(metadata.permissions)},
                    {"abi", abi_json(metadata)},
                    {"extensions", metadata.extensions ? strings(*metadata.extensions) : Json()},
                    {"remarks", strings(metadata.remarks)},
                    {"settings_schema", metadata.settings_schema},
                    {"findings", findings(metadata.findings)}}));
  return 0;
}

}  // namespace

Command flavor_describe_command() {
  return {.name = "describe",
          .summary = "Show metadata, settings and permissions of a flavor",
          .operands = {{.name = "NAME", .kind = ValueKind::flavor}},
          .examples = {"berth flavor describe default", "berth flavor describe default -o json"},
          .run = run_flavor_describe};
}

}  // namespace berth::cli
