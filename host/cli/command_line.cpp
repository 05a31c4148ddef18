#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>

#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

// A command of ours beside CLI11's, and where CLI11 puts what it reads.
struct Bound {
  const Command* command;
  std::vector<std::string> path;
  CLI::App* app;
  std::list<std::pair<const Option*, std::vector<std::string>>> values;
  std::vector<std::string> operands;
};

void bind_option(Bound& bound, const Option& option) {
  auto& slot = bound.values.emplace_back(&option, std::vector<std::string>());
  const std::string names = option.short_name.empty() ? option.name : option.short_name + "," + option.name;
  if (option.value.empty()) {
    bound.app->add_flag_callback(names, [&slot] { slot.second.emplace_back("true"); })
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return;
  }
  auto* added = bound.app->add_option(names, slot.second)->expected(1)->type_size(1)->allow_extra_args(false);
  added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void bind_operands(Bound& bound) {
  if (bound.command->run == nullptr) return;
  bound.app->add_option("operands", bound.operands)->expected(0, 1000);
}

void bind_command(const Command& command, CLI::App& app, const std::vector<std::string>& path, std::list<Bound>& all) {
  auto& bound = all.emplace_back(Bound{&command, path, &app, {}, {}});
  app.set_help_flag();
  app.fallthrough();
  for (const auto& option : command.options) bind_option(bound, option);
  bind_operands(bound);
  for (const auto& child : command.children) {
    auto* sub = app.add_subcommand(child.name);
    if (!child.alias.empty()) sub->alias(child.alias);
    auto longer = path;
    longer.push_back(child.name);
    bind_command(child, *sub, longer, all);
  }
}

const Command* child_named(const Command& command, std::string_view word) {
  for (const auto& child : command.children)
    if (child.name == word || (!child.alias.empty() && child.alias == word)) return &child;
  return nullptr;
}

bool takes_value(const Command& root, const std::vector<const Command*>& path, std::string_view word) {
  for (const auto* command : path)
    for (const auto& option : command->options)
      if (!option.value.empty() && (option.name == word || option.short_name == word)) return true;
  for (const auto& option : root.options)
    if (!option.value.empty() && (option.name == word || option.short_name == word)) return true;
  return false;
}

struct Walk {
  std::vector<const Command*> commands;
  std::vector<std::string> path;
  std::optional<std::string> unknown_word;  // where a command was expected
  std::optional<std::string> unknown_option;
  bool help = false;
};

bool knows_option(const Command& root, const std::vector<const Command*>& path, const std::string& name) {
  auto among = [&](const Command& command) {
    return std::any_of(command.options.begin(), command.options.end(),
                       [&](const Option& option) { return option.name == name || option.short_name == name; });
  };
  return among(root) || std::any_of(path.begin(), path.end(), [&](const Command* command) { return among(*command); });
}

// Finds which command is meant before anything is judged, so that help and near misses know where they are.
Walk walk(const Command& root, const std::vector<std::string>& line) {
  Walk result;
  const Command* at = &root;
  for (std::size_t i = 0; i < line.size() && line[i] != "--"; ++i) {
    const std::string& word = line[i];
    if (word == "--help" || word == "-h") {
      result.help = true;
    } else if (word.size() > 1 && word[0] == '-') {
      const std::string name = word.substr(0, word.find('='));
      const bool doubled = word.rfind("--", 0) == 0;
      if (doubled && !knows_option(root, result.commands, name) && !result.unknown_option) result.unknown_option = name;
      if (name == word && takes_value(root, result.commands, word)) ++i;
    } else if (!at->children.empty()) {
      const Command* child = child_named(*at, word);
      if (child == nullptr) {
        if (!result.unknown_word) result.unknown_word = word;
        break;
      }
      at = child;
      result.commands.push_back(child);
      result.path.push_back(child->name);
    }
  }
  return result;
}

Error unknown_word(const Command& parent, const std::vector<std::string>& path, const std::string& word) {
  std::vector<std::string> names;
  for (const auto& child : parent.children) names.push_back(child.name);
  Error error(ErrorClass::usage, "usage.command", "there is no command " + base::quote(word, 80));
  const auto near = base::near_miss(word, names);
  const std::string prefix = fmt::format("berth {}{}", fmt::join(path, " "), path.empty() ? "" : " ");
  return near ? std::move(error).fix("did you mean " + prefix + *near + "?") : std::move(error).fix(prefix + "--help");
}

Error unknown_option(const Command& root, const Command& command, const std::string& name) {
  std::vector<std::string> names{"--help"};
  for (const auto* owner : {&root, &command})
    for (const auto& option : owner->options) names.push_back(option.name);
  Error error(ErrorClass::usage, "usage.option", "there is no option " + base::quote(name, 80));
  const auto near = base::near_miss(name, names);
  return near ? std::move(error).fix("did you mean " + *near + "?") : std::move(error);
}

base::Result<void> check_operands(const Command& command, const std::vector<std::string>& path,
                                  const std::vector<std::string>& operands) {
  const auto required = std::count_if(command.operands.begin(), command.operands.end(),
                                      [](const Operand& operand) { return operand.required; });
  const bool many = !command.operands.empty() && command.operands.back().repeats;
  const std::string name = fmt::format("berth {}", fmt::join(path, " "));
  if (operands.size() < static_cast<std::size_t>(required)) {
    std::vector<std::string> missing;
    for (const auto& operand : command.operands)
      if (operand.required) missing.push_back(operand.name);
    return Error(ErrorClass::usage, "usage.missing", fmt::format("{} needs {}", name, fmt::join(missing, " and ")))
        .fix(name + " --help");
  }
  if (!many && operands.size() > command.operands.size())
    return Error(ErrorClass::usage, "usage.extra",
                 fmt::format("{} does not take {}", name, base::quote(operands[command.operands.size()], 80)))
        .fix(name + " --help");
  return {};
}

Arguments gather(const std::list<Bound>& all, const Command& root, const Command& chosen) {
  Arguments arguments;
  for (const auto& bound : all) {
    if (bound.command != &root && bound.command != &chosen) continue;
    for (const auto& [option, values] : bound.values)
      if (!values.empty()) arguments.options[option->name] = values;
    if (bound.command == &chosen) arguments.operands = bound.operands;
  }
  return arguments;
}

std::string option_line(const Option& option) {
  std::string left = (option.short_name.empty() ? "" : option.short_name + ", ") + option.name;
  if (!option.value.empty()) left += " " + option.value;
  return fmt::format("  {:<28} {}{}\n", left, option.help, option.repeats ? " (may repeat)" : "");
}

std::string usage_line(const std::vector<std::string>& path, const Command& command) {
  std::string line = fmt::format("berth {}", fmt::join(path, " "));
  for (const auto& operand : command.operands) {
    const std::string name = operand.name + (operand.repeats ? "…" : "");
    line += operand.required ? " " + name : " [" + name + "]";
  }
  return line;
}

std::string root_help(const Command& root) {
  std::string text = root.summary + "\n\n";
  for (const auto& child : root.children) text += fmt::format("  {:<20} {}\n", child.name, child.summary);
  return text + "\nberth COMMAND --help says more.\n";
}

}  // namespace

base::Result<ParsedLine> parse_line(const Command& root, std::vector<std::string> line) {
  const Walk found = walk(root, line);
  const Command& command = found.commands.empty() ? root : *found.commands.back();
  if (found.unknown_word) return unknown_word(command, found.path, *found.unknown_word);
  ParsedLine parsed{&command, found.path, {}, found.help || command.run == nullptr};
  if (parsed.help) return parsed;
  if (found.unknown_option) return unknown_option(root, command, *found.unknown_option);

  CLI::App app;
  std::list<Bound> all;
  bind_command(root, app, {}, all);
  std::reverse(line.begin(), line.end());
  try {
    app.parse(std::move(line));
  } catch (const CLI::ParseError& error) {
    return Error(ErrorClass::usage, "usage.line", base::escape(error.what()))
        .fix(fmt::format("berth {} --help", fmt::join(found.path, " ")));
  }
  parsed.arguments = gather(all, root, command);
  BERTH_CHECK(check_operands(command, found.path, parsed.arguments.operands));
  return parsed;
}

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
