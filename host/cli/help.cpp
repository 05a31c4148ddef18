#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/escape.hpp"
#include "cli/table.hpp"

namespace berth::cli {
namespace {

// Returns `text` in lines of at most `columns`, all but the first indented by `indent`.
std::string wrapped(const std::string& text, std::size_t indent, unsigned columns) {
  constexpr std::size_t kMinText = 24;
  if (columns == 0 || columns < indent + kMinText) return text;
  const std::size_t width = columns - indent;
  std::string result;
  std::size_t used = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const std::size_t part_width = display_width(part);
    if (used != 0 && used + 1 + part_width > width) {
      result += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used != 0) {
      result += ' ';
      ++used;
    }
    result += part;
    used += part_width;
    begin = end + 1;
  }
  return result;
}

std::string option_line(const Option& option, unsigned columns) {
  std::string left = (option.short_name.empty() ? "" : option.short_name + ", ") + option.name;
  if (!option.value.empty()) left += " " + option.value;
  const std::string variable =
      option.environment.empty() ? "" : fmt::format(" [{}]", option.environment);
  const std::string text = option.help + (option.repeats ? " (may repeat)" : "") + variable;
  constexpr std::size_t kIndent = 27;
  return fmt::format("  {:<24} {}\n", left, wrapped(text, kIndent, columns));
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

std::string section_text(const HelpSection& section, unsigned columns) {
  std::size_t width = 0;
  for (const auto& [left, right] : section.lines)
    if (!right.empty()) width = std::max(width, left.size());
  std::string text = "\n" + section.title + ":\n";
  for (const auto& [left, right] : section.lines)
    text += right.empty()
                ? fmt::format("  {}\n", left)
                : fmt::format("  {:<{}}  {}\n", left, width, wrapped(right, width + 4, columns));
  return text;
}

std::string sections_text(const Command& command, bool at_end, unsigned columns) {
  std::string text;
  for (const auto& section : command.sections)
    if (section.at_end == at_end) text += section_text(section, columns);
  return text;
}

std::string commands_text(const Command& root) {
  std::string text = "Commands:\n";
  for (const auto& child : root.children)
    if (!child.in_help_footer) text += fmt::format("  {:<20} {}\n", child.name, child.summary);
  return text;
}

// Returns "\nOther commands: explain, version."; empty without any.
std::string other_commands(const Command& root) {
  std::vector<std::string> names;
  for (const auto& child : root.children)
    if (child.in_help_footer) names.push_back(child.name);
  return names.empty() ? "" : fmt::format("\nOther commands: {}.", fmt::join(names, ", "));
}

std::string root_help(const Command& root, unsigned columns) {
  std::string text = root.summary + "\n\n  berth COMMAND\n\n" + commands_text(root);
  text += sections_text(root, false, columns) + sections_text(root, true, columns);
  return text + "\nberth COMMAND --help shows its operands, examples and options." +
         other_commands(root) + "\n";
}

}  // namespace

std::string help_text(const Command& root, const std::vector<std::string>& path,
                      const Command& command, unsigned columns) {
  if (&command == &root) return root_help(root, columns);
  std::string text = command.summary + "\n\n  " + usage_line(path, command) + "\n";
  if (!command.children.empty()) text += "\n";
  for (const auto& child : command.children)
    text += fmt::format("  {:<12} {}\n", child.name, child.summary);
  text += sections_text(command, false, columns);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const auto& example : command.examples) text += "  " + example + "\n";
  if (!command.options.empty()) text += "\nOptions:\n";
  for (const auto& option : command.options) text += option_line(option, columns);
  text += "\nOptions of every command:\n";
  for (const auto& option : root.options) text += option_line(option, columns);
  text += sections_text(command, true, columns);
  return text;
}

std::string first_screen(const Command& root, const std::string& state) {
  std::string text = root.summary + "\n\n" + commands_text(root);
  text += "\nExamples:\n";
  for (const auto& example : root.examples) text += "  " + example + "\n";
  if (!state.empty()) text += "\n" + base::escape(state) + "\n";
  return text + "\nMore: berth COMMAND --help, berth --help." + other_commands(root) + "\n";
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
