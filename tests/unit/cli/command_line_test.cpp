// Parsing of argv: command, option values, operands, and errors.
#include "cli/command_line.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/help.hpp"

using namespace berth::cli;

namespace {

berth::base::Result<int> does_nothing(Context&, const Arguments&) { return 0; }

Command move_command() {
  Command command;
  command.name = "move";
  command.summary = "moves";
  command.operands = {{"FROM", true, false}, {"TO", true, true}};
  command.options = {{"--tag", "T", "a tag", true, {}, {}},
                     {"--jobs", "N", "how many", false, {}, "-j"},
                     {"--force", "", "even so", false, {}, "-f"}};
  command.unimplemented = {"--later"};
  command.run = does_nothing;
  return command;
}

Command test_root() {
  Command list;
  list.name = "list";
  list.run = does_nothing;
  Command group;
  group.name = "registry-group";
  group.alias = "group";
  group.children = {list};
  Command root;
  root.options = {{"--output", "FORMAT", "text or json", false, {}, "-o"},
                  {"--quiet", "", "less", false, {}, "-q"},
                  {"--verbose", "", "more", false, {}, "-v"}};
  root.children = {move_command(), group};
  root.unimplemented = {"later"};
  return root;
}

// "move --tag=a --tag=b -- x y": path, options in the order of their names, operands.
std::string understood(const ParsedLine& parsed) {
  std::string text = fmt::format("{}", fmt::join(parsed.path, " "));
  for (const auto& [name, values] : parsed.arguments.options)
    for (const auto& value : values) text += fmt::format(" {}={}", name, value);
  return text + fmt::format(" | {}", fmt::join(parsed.arguments.operands, " "));
}

struct Line {
  std::vector<std::string> arguments;
  std::string expected;  // understood(), or the code of the error
};

}  // namespace

TEST_CASE("command line: distinguishes options, flags and operands") {
  const Command root = test_root();
  const Line lines[] = {
      {{"move", "a", "b"}, "move | a b"},
      {{"move", "a", "--tag", "x", "b"}, "move --tag=x | a b"},
      {{"move", "--tag", "x", "a", "--tag=y", "b", "c"}, "move --tag=x --tag=y | a b c"},
      {{"move", "--tag", "--force", "a", "b"}, "move --tag=--force | a b"},
      {{"move", "--tag", "-x", "a", "b"}, "move --tag=-x | a b"},
      {{"move", "--tag", "--", "a", "b"}, "move --tag=-- | a b"},
      {{"move", "--tag=", "a", "b"}, "move --tag= | a b"},
      {{"move", "--tag=k=v", "a", "b"}, "move --tag=k=v | a b"},
      {{"move", "--jobs", "-5", "a", "b"}, "move --jobs=-5 | a b"},
      {{"move", "-j5", "a", "b"}, "move --jobs=5 | a b"},
      {{"move", "-j=5", "a", "b"}, "move --jobs=5 | a b"},
      {{"move", "-fj", "5", "a", "b"}, "move --force=true --jobs=5 | a b"},
      {{"move", "--jobs", "1", "--jobs", "2", "a", "b"}, "move --jobs=2 | a b"},
      {{"move", "-vv", "-v", "a", "b"}, "move --verbose=true --verbose=true --verbose=true | a b"},
      {{"move", "-", "b"}, "move | - b"},
      {{"move", "--", "--force", "-"}, "move | --force -"},
      {{"move", "a", "--", "--tag", "x"}, "move | a --tag x"},
      {{"move", "", "b"}, "move |  b"},
      {{"-qo", "json", "group", "list"}, "registry-group list --output=json --quiet=true | "},
      {{"--output", "json", "group", "-q", "list"},
       "registry-group list --output=json --quiet=true | "},
      {{"group", "list", "-ojson"}, "registry-group list --output=json | "},
  };
  for (const auto& line : lines) {
    CAPTURE(line.expected);
    const auto parsed = parse_line(root, line.arguments);
    CHECK_FALSE(parsed.error.has_value());
    CHECK(understood(parsed) == line.expected);
  }
}

TEST_CASE("command line: reports the invalid argument and keeps the other options") {
  const Command root = test_root();
  const Line lines[] = {
      {{"mvoe", "a", "b"}, "usage.command"},
      {{"group", "lst"}, "usage.command"},
      {{"group", "list", "x"}, "usage.extra"},
      {{"later", "x"}, "usage.not-built"},
      {{"move", "--later", "a", "b"}, "usage.not-built"},
      {{"move"}, "usage.missing"},
      {{"move", "a"}, "usage.missing"},
      {{"move", "--tga", "x", "a", "b"}, "usage.option"},
      {{"move", "-x", "a", "b"}, "usage.option"},
      {{"move", "-5", "a", "b"}, "usage.option"},
      {{"move", "---", "a", "b"}, "usage.option"},
      {{"--tag", "x", "move", "a", "b"}, "usage.option"},
      {{"move", "a", "b", "--tag"}, "usage.no-value"},
      {{"move", "a", "b", "-j"}, "usage.no-value"},
      {{"move", "--force=yes", "a", "b"}, "usage.value"},
      {{"--", "move"}, "usage.missing"},
      {{"--nope"}, "usage.option"},
      {{"group", "--nope"}, "usage.option"},
  };
  for (auto line : lines) {
    CAPTURE(fmt::format("{}", fmt::join(line.arguments, " ")));
    if (line.arguments.back() != "--tag" && line.arguments.back() != "-j" &&
        line.arguments.front() != "--")
      line.arguments.insert(line.arguments.end(), {"-o", "json"});
    const auto parsed = parse_line(root, line.arguments);
    REQUIRE(parsed.error.has_value());
    CHECK(parsed.error->code() == line.expected);
    CHECK(parsed.error->exit_status() == 2);
    CHECK_FALSE(parsed.help);
    if (line.arguments.back() == "json") CHECK(parsed.arguments.value("--output") == "json");
  }
}

TEST_CASE("command line: suggests one near miss, and only implemented commands") {
  const Command root = test_root();
  CHECK(parse_line(root, {"mvoe"}).error->fix() == "did you mean berth move?");
  CHECK(parse_line(root, {"move", "--frce", "a", "b"}).error->fix() == "did you mean --force?");
  CHECK(parse_line(root, {"move", "--quite", "a", "b"}).error->fix() == "did you mean --quiet?");
  CHECK(parse_line(root, {"lateer"}).error->fix() == "berth --help");
  CHECK(parse_line(root, {"group", "lits"}).error->fix() ==
        "did you mean berth registry-group list?");
}

TEST_CASE("command line: prints help of existing commands, whatever else is on the line") {
  const Command root = test_root();
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"move", "--help"},
                                                    {"move", "--nope", "-h"},
                                                    {"move", "--tag", "x", "-vh"},
                                                    {"help", "move"}}) {
    const auto parsed = parse_line(root, arguments);
    CHECK(parsed.help);
    CHECK_FALSE(parsed.error.has_value());
    CHECK(parsed.command->name == "move");
  }
  CHECK(parse_line(root, {}).help);
  CHECK(parse_line(root, {"group"}).help);
  CHECK_FALSE(parse_line(root, {"move", "--tag", "--help", "a", "b"}).help);
  CHECK_FALSE(parse_line(root, {"move", "a", "--", "--help"}).help);
  CHECK(parse_line(root, {"nope", "--help"}).error->code() == "usage.command");
  CHECK(parse_line(root, {"later", "--help"}).error->code() == "usage.not-built");
}

namespace {

void check_help(const Command& root, const std::vector<std::string>& path, const Command& command) {
  CAPTURE(fmt::format("{}", fmt::join(path, " ")));
  const auto text = help_text(root, path, command);
  CHECK_FALSE(command.summary.empty());
  CHECK(command.examples.size() >= 2);
  CHECK(command.examples.size() <= 3);
  const auto examples = text.find("\nExamples:\n");
  REQUIRE(examples != std::string::npos);
  CHECK(examples < text.find("ptions"));
  for (const auto& unimplemented : command.unimplemented)
    CHECK(text.find(unimplemented + " ") == std::string::npos);
  for (const auto& child : command.children) {
    auto longer = path;
    longer.push_back(child.name);
    check_help(root, longer, child);
  }
}

// The arguments of an example, which is a line for a shell.
std::vector<std::string> arguments_of(const std::string& example) {
  const auto begin = example.find("berth ");
  std::vector<std::string> arguments;
  std::string argument;
  for (const char c : example.substr(begin + 6) + " ") {
    if (c != ' ') {
      argument += c;
    } else {
      arguments.push_back(std::exchange(argument, {}));
    }
  }
  return arguments;
}

void check_examples(const Command& root, const Command& command) {
  for (const auto& example : command.examples) {
    CAPTURE(example);
    const auto parsed = parse_line(root, arguments_of(example));
    CHECK_FALSE(parsed.error.has_value());
    CHECK_FALSE(parsed.help);
  }
  for (const auto& child : command.children) check_examples(root, child);
}

}  // namespace

TEST_CASE(
    "help: berth lists at most twelve commands; each command shows two or three examples first") {
  const Command root = root_command();
  const auto text = help_text(root, {}, root);
  const auto commands = text.substr(0, text.find("\n\n", text.find("Commands:")));
  CHECK(std::count(commands.begin(), commands.end(), '\n') -
            std::count(text.begin(), text.begin() + static_cast<long>(text.find("Commands:")),
                       '\n') <=
        12);
  for (const char* part : {"oci:DIR[:TAG]", "docker-archive:FILE",
                           "Without SOURCE:", "BERTH_PASSWORD", "\n  130  interrupted:"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  for (const auto& unimplemented : root.unimplemented)
    CHECK(text.find("  " + unimplemented) == std::string::npos);
  for (const auto& child : root.children) check_help(root, {child.name}, child);
}

TEST_CASE("help: the examples parse as valid command lines") {
  const Command root = root_command();
  check_examples(root, root);
}
