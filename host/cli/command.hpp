// Command: name, operands, options, help and function of a command. The parser and --help both read
// it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

struct Context;

// What a value is, for shell completion.
enum class ValueKind {
  text,  // anything
  file,
  directory,
  source,
  destination,
  image,      // a source or a reference
  reference,  // of an image or a repository
  host,       // or the name of a registered container registry
  registry,   // the name of a registered container registry
  flavor,
  setting,  // K=V of the flavor
  setting_name,
  code,
  platform,
};

struct Option {
  std::string name = {};   // "--tag"
  std::string value = {};  // "T"; empty for a flag
  std::string help = {};
  bool repeats = false;
  std::string environment = {};  // the variable that replaces it; may be empty
  std::string short_name = {};   // "-o"; may be empty
  ValueKind kind = ValueKind::text;
  std::vector<std::string> values = {};  // that completion offers; of kind text
};

struct Operand {
  std::string name = {};  // "SOURCE"
  bool required = true;
  bool repeats = false;
  ValueKind kind = ValueKind::text;
  std::vector<std::string> values = {};  // as in Option
};

// The operands and options of one command line.
class Arguments {
 public:
  std::map<std::string, std::vector<std::string>> options;  // flags have one entry per occurrence
  std::map<std::string, std::string>
      variables;  // those of `options` whose value is that of a variable
  std::vector<std::string> operands;

  [[nodiscard]] bool has(const std::string& option) const { return options.count(option) != 0; }
  [[nodiscard]] int count(const std::string& option) const;
  // The last value; std::nullopt if the option was not given.
  [[nodiscard]] std::optional<std::string> value(const std::string& option) const;
  [[nodiscard]] std::vector<std::string> values(const std::string& option) const;
  // Whether the option was given on the command line, not by a variable.
  [[nodiscard]] bool typed(const std::string& option) const {
    return has(option) && variables.count(option) == 0;
  }
  // The name for an error: "--jobs", or the variable that replaced it.
  [[nodiscard]] std::string where(const std::string& option) const;
  [[nodiscard]] const std::string& operand(std::size_t index) const { return operands.at(index); }
};

// A section of --help: lines of two columns, or of one where `second` is empty.
struct HelpSection {
  std::string title = {};
  std::vector<std::pair<std::string, std::string>> lines = {};
  bool at_end = false;  // after the options instead of before the examples
};

struct Command {
  std::string name = {};
  std::string alias = {};
  std::string summary = {};
  std::vector<Operand> operands = {};
  std::vector<Option> options = {};
  std::vector<std::string> examples = {};
  std::vector<HelpSection> sections = {};  // of --help
  // Returns the exit status. Empty for commands that only group others.
  std::function<base::Result<int>(Context&, const Arguments&)> run = {};
  std::vector<Command> children = {};
  bool in_help_footer = false;  // berth's own help lists it in its last line only
  // Planned options and commands: absent from help, and rejected by name.
  std::vector<std::string> unimplemented = {};
};

// All options, in order.
std::vector<Option> join_options(std::initializer_list<std::vector<Option>> lists);

// "K=V" pairs of a repeated option. Class usage, code "usage.pair".
base::Result<std::vector<std::pair<std::string, std::string>>> pairs(const Arguments& arguments,
                                                                     const std::string& option);

}  // namespace berth::cli
