// Completion in real shells, and man pages as man(1) shows them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/pseudo_terminal.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::TempDir;

namespace {

bool is_installed(const std::string& program) {
  return test::run_command({"sh", "-c", "command -v " + program}).status == 0;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Runs a script in a shell, with berth in PATH, in a directory with app.tar and img/.
struct ShellSession {
  Berth berth;
  TempDir directory;

  ShellSession() {
    test::write_layout(directory, "img", "1", {"one"});
    directory.write("app.tar", "x");
    directory.write("two parts.tar", "x");
    berth.register_registry("prod", "default", "registry.example/team");
  }
  test::CommandResult run(const std::vector<std::string>& shell, const std::string& script) const {
    test::CommandOptions options;
    options.environment = berth.environment();
    const auto program = test::berth_program();
    options.environment.emplace_back(
        "PATH", program.substr(0, program.rfind('/')) + ":" + std::getenv("PATH"));
    options.environment.emplace_back("LC_ALL", "C.UTF-8");
    options.directory = directory.path();
    auto argv = shell;
    argv.push_back(script);
    return test::run_command(argv, options);
  }
};

// What bash offers for a line, as readline would ask for it. "|" in the line separates what
// readline splits, also at = and :.
std::string in_bash(const ShellSession& session, const std::string& line,
                    const std::string& parts) {
  const auto result = session.run(
      {"bash", "--norc", "-c"},
      "source <(berth completion bash); COMP_LINE='" + line + "'; COMP_POINT=${#COMP_LINE}; " +
          "IFS='|' read -ra COMP_WORDS <<< '" + parts + "'; " +
          "[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
          "_berth berth; printf '%s\\n' \"${COMPREPLY[@]}\"");
  CHECK_MESSAGE(result.err.empty(), result.err);
  return result.out;
}

}  // namespace

TEST_CASE("completion: bash") {
  const ShellSession session;
  CHECK(in_bash(session, "berth pus", "berth|pus") == "push\n");
  CHECK(has(in_bash(session, "berth registry ", "berth|registry"), "register\n"));
  CHECK(in_bash(session, "berth push --format=d", "berth|push|--format|=|d") == "docker\n");
  CHECK(in_bash(session, "berth push --format d", "berth|push|--format|d") == "docker\n");
  CHECK(in_bash(session, "berth push oci:i", "berth|push|oci|:|i") == "img/\n");
  CHECK(in_bash(session, "berth push oci:", "berth|push|oci|:") == "img/\n");
  CHECK(in_bash(session, "berth push docker-archive:tw", "berth|push|docker-archive|:|tw") ==
        "two\\ parts.tar\n");
  CHECK(in_bash(session, "berth push oci:img p", "berth|push|oci|:|img|p") == "prod/\n");
  CHECK(in_bash(session, "berth registry update prod --set tls=",
                "berth|registry|update|prod|--set|tls|=") == "true\nfalse\n");
  const auto checked = session.run({"bash", "-c"}, "berth completion bash | bash -n");
  CHECK_MESSAGE(checked.status == 0, checked.err);
}

TEST_CASE("completion: zsh") {
  if (!test::require_machine(is_installed("zsh"), "zsh")) return;
  const ShellSession session;
  const auto checked =
      session.run({"zsh", "-fc"}, "berth completion zsh > _berth && zsh -n _berth");
  CHECK_MESSAGE(checked.status == 0, checked.err);
  // compadd works only in completions: a function of that name shows what it receives.
  const auto in_zsh = [&](const std::string& parts, const std::string& prefix) {
    const auto result =
        session.run({"zsh", "-fc"},
                    "source <(berth completion zsh); compadd() { local name=${@[-1]}; print -l -- "
                    "${(P)name} }; words=(" +
                        parts + "); CURRENT=${#words}; PREFIX='" + prefix + "'; _berth");
    CHECK_MESSAGE(result.err.empty(), result.err);
    return result.out;
  };
  CHECK(in_zsh("berth pus", "pus") == "push\n");
  CHECK(in_zsh("berth push --format=d", "--format=d") == "--format=docker\n");
  CHECK(in_zsh("berth push oci:i", "oci:i") == "oci:img/\n");
  CHECK(in_zsh("berth push oci:img p", "p") == "prod/\n");
  CHECK(in_zsh("berth tags ''", "") == "prod/\n");
}

TEST_CASE("completion: fish") {
  if (!test::require_machine(is_installed("fish"), "fish")) return;
  const ShellSession session;
  const auto in_fish = [&](const std::string& line) {
    const auto result =
        session.run({"fish", "--no-config", "-c"},
                    "berth completion fish | source; complete --do-complete '" + line + "'");
    CHECK_MESSAGE(result.err.empty(), result.err);
    return result.out;
  };
  CHECK(in_fish("berth pus").starts_with("push\t"));
  CHECK(in_fish("berth push --format=d") == "--format=docker\n");
  CHECK(in_fish("berth push oci:i") == "oci:img/\n");
  CHECK(in_fish("berth push oci:img p").starts_with("prod/\t"));
  CHECK(in_fish("berth tags ").starts_with("prod/\t"));
}

TEST_CASE("completion: never fails, and prints nothing about what it cannot read") {
  const Berth berth;
  const TempDir directory;
  directory.write("config/registries.json", "{");
  for (const std::vector<std::string>& line : {std::vector<std::string>{"__complete"},
                                               {"__complete", "nope", ""},
                                               {"__complete", "tags", ""},
                                               {"__complete", "push", "--set", ""}}) {
    test::CommandOptions options;
    options.environment = {{"BERTH_CONFIG_DIR", directory / "config"}};
    const auto result = berth.run(line, options);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
  }
}

TEST_CASE("help: fits a terminal of 80 columns, and the first screen 24 lines") {
  const Berth berth;
  const TempDir directory;
  for (const std::vector<std::string>& line : {std::vector<std::string>{},
                                               {"--help"},
                                               {"push", "--help"},
                                               {"delete", "--help"},
                                               {"registry", "register", "--help"}}) {
    auto argv = line;
    argv.insert(argv.begin(), test::berth_program());
    test::TerminalCommand person(argv, test::Streams::only_out, directory / "err",
                                 berth.environment());
    CHECK(person.finish() == 0);
    const auto screen = person.screen();
    if (line.empty()) CHECK(screen.size() <= 24);
    for (const auto& shown : screen) {
      CAPTURE(shown);
      CHECK(std::count_if(shown.begin(), shown.end(), [](char c) { return (c & 0xc0) != 0x80; }) <=
            80);
    }
  }
}

TEST_CASE("man pages: man(1) shows them without a warning") {
  if (!test::require_machine(is_installed("man"), "man-db")) return;
  const TempDir directory;
  const auto written = test::run_command({BERTH_PAGES, directory / "share"});
  REQUIRE_MESSAGE(written.status == 0, written.err);
  const auto again = test::run_command({BERTH_PAGES, directory / "again"});
  REQUIRE(again.status == 0);
  CHECK(test::run_command({"diff", "-r", directory / "share", directory / "again"}).status == 0);
  const auto shown = test::run_command(
      {"sh", "-c",
       "set -e; for page in \"$1\"/man/man1/*.1; do LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man "
       "--warnings -E UTF-8 -l -Tutf8 -Z \"$page\" > /dev/null; done; ls \"$1\"/man/man1 | wc -l",
       "sh", directory / "share"});
  CHECK(shown.status == 0);
  CHECK_MESSAGE(shown.err.empty(), shown.err);
  CHECK(std::atoi(shown.out.c_str()) > 25);
  const auto text =
      test::run_command({"sh", "-c", "LC_ALL=C.UTF-8 MANWIDTH=80 man -l \"$1\" | col -b", "sh",
                         directory / "share/man/man1/berth-push.1"});
  CHECK(has(text.out, "berth-push - Push an image to one or more registries"));
  CHECK(has(text.out, "--dry-run"));
  CHECK(has(text.out, "berth push [SOURCE] DESTINATION… [OPTION]…"));
}
