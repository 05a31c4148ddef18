#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace berth::cli {
namespace {

std::string option_line(const Option& option) {
  std::string left = (option.short_name.empty() ? "" : option.short_name + ", ") + option.name;
  if (!option.value.empty()) left += " " + option.value;
  const std::string variable = option.environment.empty() ? "" : fmt::format(" [{}]", option.environment);
  return fmt::format("  {:<24} {}{}{}\n", left, option.help, option.repeats ? " (may repeat)" : "", variable);
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

std::string root_help(const Command& root) {
  std::string text = root.summary + "\n\n";
  std::vector<std::string> aside;
  for (const auto& child : root.children)
    if (child.aside)
      aside.push_back(child.name);
    else
      text += fmt::format("  {:<20} {}\n", child.name, child.summary);
  const std::string also = aside.empty() ? "" : fmt::format(" Also: {}.", fmt::join(aside, ", "));
  return text + "\nberth COMMAND --help says more." + also + "\n";
}

}  // namespace

std::string help_text(const Command& root, const std::vector<std::string>& path, const Command& command) {
  if (&command == &root) return root_help(root);
  std::string text = command.summary + "\n\n  " + usage_line(path, command) + "\n";
  if (!command.children.empty()) text += "\n";
  for (const auto& child : command.children) text += fmt::format("  {:<12} {}\n", child.name, child.summary);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const auto& example : command.examples) text += "  " + example + "\n";
  if (!command.options.empty()) text += "\nOptions:\n";
  for (const auto& option : command.options) text += option_line(option);
  text += "\nOptions of every command:\n";
  for (const auto& option : root.options) text += option_line(option);
  return text;
}

}  // namespace berth::cli
