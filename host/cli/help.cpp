#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"

namespace berth::cli {
namespace {

std::string option_line(const Option& option) {
  std::string left = (option.short_name.empty() ? "" : option.short_name + ", ") + option.name;
  if (!option.value.empty()) left += " " + option.value;
  const std::string variable =
      option.environment.empty() ? "" : fmt::format(" [{}]", option.environment);
  return fmt::format("  {:<24} {}{}{}\n", left, option.help, option.repeats ? " (may repeat)" : "",
                     variable);
}

std::string usage_line(const std::vector<std::string>& path, const Command& command) {
  std::string line = fmt::format("berth {}", fmt::join(path, " "));
  if (command.run == nullptr) line += " COMMAND";
  for (const auto& operand : command.operands) {
    const std::string name = operand.name + (operand.repeats ? "…" : "");
    line += operand.required ? " " + name : " [" + name + "]";
  }
  return line;
}

std::string section_text(const HelpSection& section) {
  std::size_t width = 0;
  for (const auto& [left, right] : section.lines)
    if (!right.empty()) width = std::max(width, left.size());
  std::string text = "\n" + section.title + ":\n";
  for (const auto& [left, right] : section.lines)
    text += right.empty() ? fmt::format("  {}\n", left)
                          : fmt::format("  {:<{}}  {}\n", left, width, right);
  return text;
}

std::string sections_text(const Command& command, bool at_end) {
  std::string text;
  for (const auto& section : command.sections)
    if (section.at_end == at_end) text += section_text(section);
  return text;
}

std::string root_help(const Command& root) {
  std::string text = root.summary + "\n\n  berth COMMAND\n\nCommands:\n";
  std::vector<std::string> in_footer;
  for (const auto& child : root.children)
    if (child.in_help_footer)
      in_footer.push_back(child.name);
    else
      text += fmt::format("  {:<20} {}\n", child.name, child.summary);
  text += sections_text(root, false) + sections_text(root, true);
  const std::string also =
      in_footer.empty() ? "" : fmt::format(" Other commands: {}.", fmt::join(in_footer, ", "));
  return text + "\nberth COMMAND --help shows its operands, examples and options." + also + "\n";
}

}  // namespace

std::string help_text(const Command& root, const std::vector<std::string>& path,
                      const Command& command) {
  if (&command == &root) return root_help(root);
  std::string text = command.summary + "\n\n  " + usage_line(path, command) + "\n";
  if (!command.children.empty()) text += "\n";
  for (const auto& child : command.children)
    text += fmt::format("  {:<12} {}\n", child.name, child.summary);
  text += sections_text(command, false);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const auto& example : command.examples) text += "  " + example + "\n";
  if (!command.options.empty()) text += "\nOptions:\n";
  for (const auto& option : command.options) text += option_line(option);
  text += "\nOptions of every command:\n";
  for (const auto& option : root.options) text += option_line(option);
  text += sections_text(command, true);
  return text;
}

HelpSection source_help(bool optional) {
  HelpSection section{
      "SOURCE",
      {{"oci:DIR[:TAG]", "OCI image layout"},
       {"oci-archive:FILE[:TAG]", "OCI image layout in an archive"},
       {"docker-archive:FILE[:NAME:TAG]", "archive written by docker save or podman save"},
       {"docker-daemon:NAME[:TAG]", "image of the local Docker daemon"},
       {"docker://REFERENCE", "image in a registry"},
       {"FILE may be - for standard input.", ""}},
      false};
  if (optional)
    section.lines.emplace_back(
        "Without SOURCE: the image named DESTINATION, from the local Docker daemon.", "");
  return section;
}

HelpSection destination_help() {
  return {"DESTINATION",
          {{"NAME/REPOSITORY[:TAG]", "in the registered container registry NAME"},
           {"/REPOSITORY[:TAG]", "in the active container registry"},
           {"HOST[:PORT]/REPOSITORY[:TAG]", "full reference"}},
          false};
}

HelpSection image_help() {
  return {"IMAGE",
          {{"NAME/REPOSITORY[:TAG]", "in the registered container registry NAME"},
           {"/REPOSITORY[:TAG]", "in the active container registry"},
           {"HOST[:PORT]/REPOSITORY[:TAG]", "full reference; @DIGEST instead of :TAG"},
           {"oci:DIR[:TAG]", "OCI image layout"},
           {"oci-archive:FILE[:TAG]", "OCI image layout in an archive"},
           {"docker-archive:FILE[:NAME:TAG]", "archive written by docker save or podman save"},
           {"docker-daemon:NAME[:TAG]", "image of the local Docker daemon"},
           {"docker://REFERENCE", "image in a registry, with the mirrors of registries.conf"}},
          false};
}

HelpSection reference_help(bool repository) {
  const std::string end = repository ? "" : ":TAG";
  return {repository ? "REPOSITORY" : "REFERENCE",
          {{"NAME/REPOSITORY" + end, "in the registered container registry NAME"},
           {"/REPOSITORY" + end, "in the active container registry"},
           {"HOST[:PORT]/REPOSITORY" + end,
            repository ? "in full" : "in full; @DIGEST instead of :TAG"}},
          false};
}

HelpSection environment_help() {
  return {"Environment",
          {{"BERTH_USERNAME", "user name, instead of --username"},
           {"BERTH_PASSWORD", "password, instead of --password-stdin"}},
          true};
}

HelpSection exit_status_help() {
  using base::ErrorClass;
  HelpSection section{"Exit statuses", {{"0", "success"}}, true};
  constexpr std::array<std::pair<ErrorClass, std::string_view>, 14> kMeanings{
      {{ErrorClass::internal, "bug in berth"},
       {ErrorClass::usage, "invalid command line"},
       {ErrorClass::validation, "preflight checks failed; nothing was uploaded"},
       {ErrorClass::auth, "credentials missing, rejected or expired"},
       {ErrorClass::denied, "authenticated, but not authorized"},
       {ErrorClass::not_found, "image, tag, repository, registry or flavor not found"},
       {ErrorClass::network, "name resolution, connection, TLS or proxy failed"},
       {ErrorClass::stall, "timed out"},
       {ErrorClass::server, "the registry failed or rejected the request"},
       {ErrorClass::integrity, "the registry or source has other content than expected"},
       {ErrorClass::disk, "local storage failed"},
       {ErrorClass::plugin, "a plugin crashed, hung or violated the contract"},
       {ErrorClass::trust, "a plugin file is not trusted"},
       {ErrorClass::interrupted, "by SIGINT (143: by SIGTERM)"}}};
  for (const auto& [error_class, meaning] : kMeanings)
    section.lines.emplace_back(std::to_string(base::Error(error_class, "", "").exit_status()),
                               fmt::format("{}: {}", base::class_name(error_class), meaning));
  return section;
}

}  // namespace berth::cli
