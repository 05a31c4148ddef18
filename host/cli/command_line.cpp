#include "cli/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

class LineParser {
 public:
  LineParser(const Command& root, const std::vector<std::string>& line) : root_(root), line_(line) {
    parsed_.command = &root;
  }

  ParsedLine parse() {
    bool options = true;
    for (; at_ < line_.size(); ++at_) {
      const std::string& argument = line_[at_];
      if (options && argument == "--") {
        options = false;
      } else if (options && argument.starts_with("--")) {
        read_long(argument);
      } else if (options && argument.size() > 1 && argument[0] == '-') {
        read_short(argument);
      } else {
        read_operand(argument);
      }
    }
    finish();
    return std::move(parsed_);
  }

 private:
  void fail(Error error) {
    if (!parsed_.error) parsed_.error = std::move(error);
  }

  [[nodiscard]] std::string command_path() const {
    return fmt::format("berth{}{}", parsed_.path.empty() ? "" : " ", fmt::join(parsed_.path, " "));
  }
  [[nodiscard]] std::string help_of_path() const { return command_path() + " --help"; }

  // The options of the command so far, then those of every command.
  [[nodiscard]] std::vector<const Option*> known_options() const {
    std::vector<const Option*> known;
    for (const auto& option : parsed_.command->options) known.push_back(&option);
    if (parsed_.command != &root_)
      for (const auto& option : root_.options) known.push_back(&option);
    return known;
  }

  [[nodiscard]] const Option* find_option(const std::string& name) const {
    for (const auto* option : known_options())
      if (option->name == name || (!option->short_name.empty() && option->short_name == name))
        return option;
    return nullptr;
  }

  [[nodiscard]] bool is_unimplemented(const std::string& name) const {
    const auto& unimplemented = parsed_.command->unimplemented;
    return std::find(unimplemented.begin(), unimplemented.end(), name) != unimplemented.end();
  }

  [[nodiscard]] Error unimplemented_error(const std::string& what) const {
    return Error(ErrorClass::usage, "usage.not-built", what + " is not implemented")
        .fix(help_of_path());
  }

  [[nodiscard]] Error unknown_option(const std::string& name) const {
    if (is_unimplemented(name)) return unimplemented_error("option " + name);
    std::vector<std::string> names{"--help"};
    for (const auto* option : known_options()) names.push_back(option->name);
    Error error(ErrorClass::usage, "usage.option", "unknown option " + base::quote(name, 80));
    const auto near = base::near_miss(name, names);
    return std::move(error).fix(near ? "did you mean " + *near + "?" : help_of_path());
  }

  [[nodiscard]] Error unknown_command(const std::string& argument) const {
    if (is_unimplemented(argument)) return unimplemented_error(command_path() + " " + argument);
    std::vector<std::string> names;
    for (const auto& child : parsed_.command->children) {
      names.push_back(child.name);
      if (!child.alias.empty()) names.push_back(child.alias);
    }
    Error error(ErrorClass::usage, "usage.command", "unknown command " + base::quote(argument, 80));
    const auto near = base::near_miss(argument, names);
    return std::move(error).fix(near ? fmt::format("did you mean {} {}?", command_path(), *near)
                                     : help_of_path());
  }

  void keep(const Option& option, std::string value) {
    auto& values = parsed_.arguments.options[option.name];
    if (!option.value.empty() && !option.repeats) values.clear();
    values.push_back(std::move(value));
  }

  // `name` as it was given.
  void read_value(const Option& option, const std::string& name) {
    if (at_ + 1 < line_.size()) return keep(option, line_[++at_]);
    fail(Error(ErrorClass::usage, "usage.no-value",
               fmt::format("{} requires {}", name, option.value))
             .fix(help_of_path()));
  }

  void read_long(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (argument == "--help") {
      parsed_.help = true;
      return;
    }
    const Option* option = find_option(name);
    if (option == nullptr) return fail(unknown_option(name));
    if (equals == std::string::npos && option->value.empty()) return keep(*option, "true");
    if (equals == std::string::npos) return read_value(*option, name);
    if (!option->value.empty()) return keep(*option, argument.substr(equals + 1));
    fail(Error(ErrorClass::usage, "usage.value", name + " does not accept a value")
             .fix("write " + name));
  }

  // "-v", "-vvq", "-o json", "-ojson", "-o=json", "-qo json"
  void read_short(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const std::string name{'-', argument[i]};
      if (name == "-h") {
        parsed_.help = true;
        continue;
      }
      const Option* option = find_option(name);
      if (option == nullptr) return fail(unknown_option(i == 1 ? argument : name));
      if (option->value.empty()) {
        keep(*option, "true");
        continue;
      }
      if (i + 1 == argument.size()) return read_value(*option, name);
      return keep(*option, argument.substr(argument[i + 1] == '=' ? i + 2 : i + 1));
    }
  }

  void read_operand(const std::string& argument) {
    const Command& command = *parsed_.command;
    if (command.run != nullptr) return parsed_.arguments.operands.push_back(argument);
    const auto child =
        std::find_if(command.children.begin(), command.children.end(), [&](const Command& one) {
          return one.name == argument || (!one.alias.empty() && one.alias == argument);
        });
    if (child == command.children.end()) {
      if (!unknown_command_) fail(unknown_command(argument));
      unknown_command_ = true;
      return;
    }
    if (unknown_command_) return;
    parsed_.command = &*child;
    parsed_.path.push_back(child->name);
  }

  // --help wins over all errors but an unknown command.
  void finish() {
    if (parsed_.help && !unknown_command_) parsed_.error.reset();
    if (parsed_.help || parsed_.error) return;
    if (parsed_.command->run == nullptr) {
      parsed_.help = true;
    } else {
      check_operands();
    }
  }

  void check_operands() {
    const auto& wanted = parsed_.command->operands;
    const auto& operands = parsed_.arguments.operands;
    const bool many = !wanted.empty() && wanted.back().repeats;
    std::vector<std::string> missing;
    for (const auto& operand : wanted)
      if (operand.required) missing.push_back(operand.name);
    if (operands.size() < missing.size()) {
      fail(Error(ErrorClass::usage, "usage.missing",
                 fmt::format("{} requires {}", command_path(), fmt::join(missing, " and ")))
               .fix(help_of_path()));
    } else if (!many && operands.size() > wanted.size()) {
      fail(Error(ErrorClass::usage, "usage.extra",
                 fmt::format("{} does not accept {}", command_path(),
                             base::quote(operands[wanted.size()], 80)))
               .fix(help_of_path()));
    }
  }

  const Command& root_;
  const std::vector<std::string>& line_;
  std::size_t at_ = 0;
  bool unknown_command_ = false;
  ParsedLine parsed_;
};

// As gh has them: "berth --version" and "berth help COMMAND".
std::vector<std::string> expand(std::vector<std::string> line) {
  if (line.size() == 1 && line[0] == "--version") return {"version"};
  if (line.empty() || line[0] != "help") return line;
  line.erase(line.begin());
  line.emplace_back("--help");
  return line;
}

}  // namespace

ParsedLine parse_line(const Command& root, const std::vector<std::string>& line) {
  const auto expanded = expand(line);
  return LineParser(root, expanded).parse();
}

}  // namespace berth::cli
