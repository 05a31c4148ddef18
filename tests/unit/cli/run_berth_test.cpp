// berth as a function: argv and streams in, exit status out, without a process.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "base/json_parser.hpp"
#include "cli/run_berth.hpp"
#include "support/berth.hpp"

using namespace berth;
using test::TempDir;

namespace {

// The environment of a process: streams in memory, its own variables.
class Person {
 public:
  Person() { variables = {{"HOME", home / ""}}; }

  int types(const std::vector<std::string>& arguments) {
    std::istringstream in(input);
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    const cli::ProcessEnv surroundings{
        in,
        out_stream,
        err_stream,
        [this](std::string_view name) {
          const auto found = variables.find(std::string(name));
          return found == variables.end() ? std::nullopt : std::optional(found->second);
        },
        cancellation,
        test::berth_program(),
        at_terminal,
        at_terminal,
        [this](std::chrono::milliseconds limit) { wall_limit = limit; }};
    const int status = cli::run_berth(arguments, surroundings);
    out = out_stream.str();
    err = err_stream.str();
    return status;
  }

  [[nodiscard]] base::Json document() const {
    auto parsed = base::parse_json(out, "standard output");
    REQUIRE_MESSAGE(parsed.has_value(), out);
    CHECK(std::count(out.begin(), out.end(), '\n') == 1);
    return std::move(*parsed);
  }

  TempDir home;
  std::map<std::string, std::string> variables;
  std::string input;
  bool at_terminal = false;
  base::Cancellation cancellation;
  std::chrono::milliseconds wall_limit{0};
  std::string out;
  std::string err;
};

constexpr const char* kRed = "\x1b[31m";

bool has_colour(const std::string& text) { return text.find('\x1b') != std::string::npos; }

}  // namespace

TEST_CASE("berth: JSON output is exactly one document, also for a usage error") {
  Person person;
  for (const std::vector<std::string>& line : {std::vector<std::string>{"-o", "json", "nope"},
                                               {"nope", "-ojson"},
                                               {"push", "--output=json"},
                                               {"push", "--nope", "-qo", "json"},
                                               {"registry", "use", "x", "-o=json"}}) {
    CHECK(person.types(line) != 0);
    const auto document = person.document();
    CHECK(document.find("schema")->as_int() == 1);
    CHECK(document.find("ok")->as_bool() == false);
    for (const char* key : {"class", "code", "message", "cause", "registry", "fix"})
      CHECK(document.find("error")->find(key)->is_string());
    CHECK_FALSE(person.err.empty());
  }
  person.variables["BERTH_OUTPUT"] = "json";
  CHECK(person.types({"nope"}) == 2);
  CHECK(person.document().find("error")->string_or("code", "") == "usage.command");
  CHECK(person.types({"-o", "text", "nope"}) == 2);
  CHECK(person.out.empty());
  person.variables["BERTH_OUTPUT"] = "xml";
  CHECK(person.types({"version"}) == 2);
  CHECK(person.err.find("invalid value for BERTH_OUTPUT: \"xml\"") != std::string::npos);
}

TEST_CASE(
    "berth: colour depends on the option, NO_COLOR, CLICOLOR_FORCE, and the terminal, in order") {
  struct Row {
    std::map<std::string, std::string> variables;
    bool at_terminal;
    std::vector<std::string> options;
    bool colour;
  };
  const Row rows[] = {
      {{}, false, {}, false},
      {{}, true, {}, true},
      {{{"TERM", "dumb"}}, true, {}, false},
      {{{"NO_COLOR", "1"}}, true, {}, false},
      {{{"NO_COLOR", ""}}, true, {}, true},
      {{{"CLICOLOR_FORCE", "1"}}, false, {}, true},
      {{{"CLICOLOR_FORCE", "0"}}, false, {}, false},
      {{{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}, false, {}, false},
      {{{"NO_COLOR", "1"}}, false, {"--color", "always"}, true},
      {{{"CLICOLOR_FORCE", "1"}}, true, {"--color=never"}, false},
      {{{"BERTH_COLOR", "always"}, {"NO_COLOR", "1"}}, false, {}, true},
      {{{"BERTH_COLOR", "always"}}, false, {"--color", "never"}, false},
  };
  for (const auto& row : rows) {
    Person person;
    person.variables.insert(row.variables.begin(), row.variables.end());
    person.at_terminal = row.at_terminal;
    auto line = row.options;
    line.emplace_back("nope");
    CHECK(person.types(line) == 2);
    CAPTURE(person.err);
    CHECK(has_colour(person.err) == row.colour);
    if (row.colour) CHECK(person.err.find(std::string("(") + kRed + "usage") != std::string::npos);
  }
}

TEST_CASE("berth: uses --config-dir, BERTH_CONFIG_DIR, XDG_CONFIG_HOME, or HOME, in order") {
  Person person;
  const TempDir dir;
  const std::vector<std::string> line{"registry", "register",      "a", "--flavor", "default",
                                      "--uri",    "localhost:5000"};
  const auto made_in = [&](const std::string& directory, std::vector<std::string> options) {
    options.insert(options.end(), line.begin(), line.end());
    CHECK_MESSAGE(person.types(options) == 0, person.err);
    return boost::filesystem::exists(directory + "/registries.json");
  };
  CHECK(made_in(person.home / ".config/berth", {}));
  person.variables["XDG_CONFIG_HOME"] = dir / "xdg";
  CHECK(made_in(dir / "xdg/berth", {}));
  person.variables["BERTH_CONFIG_DIR"] = dir / "variable";
  CHECK(made_in(dir / "variable", {}));
  CHECK(made_in(dir / "option", {"--config-dir", dir / "option"}));
  person.variables = {{"XDG_CONFIG_HOME", "relative"}};
  CHECK(person.types({"registry", "list"}) == 0);
  CHECK(person.err.find("HOME is not set") != std::string::npos);
  CHECK(person.types(line) == 2);
  CHECK(person.types({"version"}) == 0);
}

TEST_CASE("berth: --timeout accepts durations, and failures after it are reported as timeouts") {
  const std::pair<const char*, int> good[] = {
      {"90s", 90'000}, {"90", 90'000}, {"250ms", 250}, {"5m", 300'000}, {"1h", 3'600'000}};
  for (const auto& [text, limit] : good) {
    Person person;
    CHECK(person.types({"--timeout", text, "version"}) == 0);
    CHECK(person.wall_limit == std::chrono::milliseconds(limit));
  }
  for (const char* text : {"", "0", "-1", "5x", "s", "1e3", "99999999999999999999s", "1 s"}) {
    Person person;
    CAPTURE(text);
    CHECK(person.types({"--timeout", text, "version"}) == 2);
    CHECK(person.wall_limit == std::chrono::milliseconds(0));
  }
  Person late;
  late.cancellation.request(base::Cancellation::Reason::timeout);
  CHECK(late.types({"registry", "use", "nope"}) == 8);
  Person interrupted;
  interrupted.cancellation.request(base::Cancellation::Reason::interrupt);
  CHECK(interrupted.types({"registry", "use", "nope"}) == 130);
}

TEST_CASE("berth: asks for confirmation before it pins a plugin on a terminal, fails in a script") {
  Person person;
  const auto bin = test::berth_program();
  const auto plugin = bin.substr(0, bin.rfind("/bin/")) + "/lib/berth/flavors/default.so";
  const std::vector<std::string> line{"flavor", "register", plugin};
  CHECK(person.types(line) == 2);
  CHECK(person.err.find("--yes") != std::string::npos);
  person.at_terminal = true;
  for (const char* no : {"", "n\n", "no\n", "\n", "yess\n"}) {
    person.input = no;
    CHECK(person.types(line) == 2);
    CHECK(person.err.find("permissions") != std::string::npos);
    CHECK(person.err.find("register it? [y/N]") != std::string::npos);
  }
  CHECK_FALSE(boost::filesystem::exists(person.home / ".config/berth/registries.json"));
  person.input = "y\n";
  CHECK(person.types(line) == 0);
  CHECK(boost::filesystem::exists(person.home / ".config/berth/registries.json"));
}

TEST_CASE("berth: reads the password from one line of standard input without a prompt") {
  struct Row {
    std::vector<std::string> options;
    std::string input;
    std::string code;
  };
  const Row rows[] = {
      {{"--password-stdin"}, "secret\n", "usage.password"},
      {{"--username", "u"}, "", "usage.password"},
      {{"--username", "u", "--password-stdin"}, "", "usage.password"},
      {{"--username", "u", "--password-stdin"}, "\r\n", "usage.password"},
      {{"--username", "u", "--password-stdin"}, "secret\r\n", "source.no-folder"},
  };
  for (const auto& row : rows) {
    Person person;
    person.input = row.input;
    std::vector<std::string> line{"push", "-o", "json", "oci:/nowhere", "localhost:1/a:1"};
    line.insert(line.end(), row.options.begin(), row.options.end());
    CHECK(person.types(line) != 0);
    CHECK(person.document().find("error")->string_or("code", "") == row.code);
    CHECK((person.out + person.err).find("secret") == std::string::npos);
  }
  Person both;
  both.input = "secret\n";
  CHECK(both.types({"push", "docker-archive:-", "localhost:1/a:1", "--username", "u",
                    "--password-stdin"}) == 2);
}

TEST_CASE("berth: a write error on standard output is an error") {
  Person person;
  std::istringstream in;
  std::ostringstream err;
  std::ostream nowhere(nullptr);
  const cli::ProcessEnv surroundings{in,
                                     nowhere,
                                     err,
                                     [](std::string_view) { return std::optional<std::string>(); },
                                     person.cancellation,
                                     test::berth_program(),
                                     false,
                                     false,
                                     [](std::chrono::milliseconds) {}};
  CHECK(cli::run_berth({"version"}, surroundings) == 11);
  CHECK(err.str().find("cannot write to standard output") != std::string::npos);
}
