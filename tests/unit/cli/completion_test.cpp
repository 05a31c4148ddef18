// Completion of command lines, the scripts of shells, and man pages.
#include <doctest/doctest.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/completion.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/man_page.hpp"

using namespace berth;
using Texts = std::vector<std::string>;

namespace {

cli::CompletionSources fake_sources() {
  return {.registries =
              [] {
                return cli::CompletionSources::Named{{"prod", "r.example/team"}};
              },
          .flavors =
              [] {
                return cli::CompletionSources::Named{{"default", "any"}, {"acme", ""}};
              },
          .settings =
              [](const std::string& flavor) {
                std::vector<flavor::Setting> settings;
                if (flavor != "acme") return settings;
                settings.resize(2);
                settings[0].name = "tls";
                settings[0].type = "boolean";
                settings[1].name = "region";
                settings[1].allowed = base::Json::array({"eu", "us"});
                return settings;
              },
          .flavor_of = [](const std::string& name) { return name == "prod" ? "acme" : ""; },
          .entries =
              [](const std::string& directory) {
                if (directory.empty()) return Texts{".git/", "app.tar", "build/", "bad\nname"};
                return directory == "build/" ? Texts{"img/", "x.tar"} : Texts{};
              }};
}

// The candidates for the last argument; "+" after one that continues.
Texts complete(const Texts& line) {
  Texts texts;
  for (const auto& candidate : cli::complete_line(cli::root_command(), line, fake_sources()))
    texts.push_back(candidate.text + (candidate.continues ? "+" : ""));
  return texts;
}

bool offers(const Texts& line, const std::string& candidate) {
  const auto candidates = complete(line);
  return std::ranges::find(candidates, candidate) != candidates.end();
}

void check_all(const cli::Command& command, const Texts& path) {
  for (const auto& child : command.children) {
    Texts line = path;
    line.push_back(child.name);
    CAPTURE(child.name);
    CHECK(offers(line, child.name));
    line.push_back("--");
    for (const auto& option : child.options) CHECK(offers(line, option.name));
    line.pop_back();
    check_all(child, line);
  }
}

}  // namespace

TEST_CASE("completion: offers every command and option of the table") {
  check_all(cli::root_command(), {});
  CHECK(offers({""}, "push"));
  CHECK(offers({"registry", "li"}, "list"));
  CHECK(complete({"pus"}) == Texts{"push"});
  CHECK(complete({"nope", "--fl"}) == Texts{"--flavor-path"});
  CHECK(offers({"push", "--help"}, "--help"));
}

TEST_CASE("completion: an option is offered once, unless it may repeat") {
  CHECK_FALSE(offers({"push", "--dry-run", "--d"}, "--dry-run"));
  CHECK(offers({"push", "--tag", "x", "--ta"}, "--tag"));
  CHECK(complete({"push", "--", "--ta"}).empty());
}

TEST_CASE("completion: values of options, in both forms") {
  CHECK(complete({"push", "--output", ""}) == Texts{"text", "json"});
  CHECK(complete({"push", "-o", "j"}) == Texts{"json"});
  CHECK(complete({"push", "-qo", "j"}) == Texts{"json"});
  CHECK(complete({"push", "--output=j"}) == Texts{"--output=json"});
  CHECK(complete({"push", "--format", ""}) == Texts{"docker", "oci"});
  CHECK(complete({"push", "--color", "a"}) == Texts{"auto", "always"});
  CHECK(complete({"push", "--registry", ""}) == Texts{"prod"});
  CHECK(complete({"push", "--flavor", "a"}) == Texts{"acme"});
  CHECK(offers({"push", "--platform", "linux/arm"}, "linux/arm64"));
  CHECK(complete({"push", "--ca-file", "build/"}) == Texts{"build/img/+", "build/x.tar"});
  CHECK(complete({"--flavor-path", ""}) == Texts{"build/+"});
  CHECK(complete({"completion", ""}) == Texts{"bash", "zsh", "fish"});
}

TEST_CASE("completion: settings of the flavor that the line names") {
  CHECK(complete({"push", "--flavor", "acme", "--set", ""}) == Texts{"tls=+", "region=+"});
  CHECK(complete({"push", "--flavor=acme", "--set", "tls="}) == Texts{"tls=true", "tls=false"});
  CHECK(complete({"push", "--flavor", "acme", "--set=region=e"}) == Texts{"--set=region=eu"});
  CHECK(complete({"push", "--flavor", "default", "--set", ""}).empty());
  CHECK(complete({"registry", "update", "prod", "--set", "r"}) == Texts{"region=+"});
  CHECK(complete({"registry", "update", "prod", "--unset", "t"}) == Texts{"tls"});
}

TEST_CASE("completion: transports, files after them, and registered names") {
  CHECK(offers({"push", ""}, "oci:+"));
  CHECK(offers({"push", ""}, "prod/+"));
  CHECK(complete({"push", "oci:"}) == Texts{"oci:build/+"});
  CHECK(complete({"push", "docker-archive:"}) ==
        Texts{"docker-archive:app.tar", "docker-archive:build/+"});
  CHECK(complete({"push", "oci-archive:build/x"}) == Texts{"oci-archive:build/x.tar"});
  CHECK(complete({"push", "oci:.g"}) == Texts{"oci:.git/+"});
  CHECK(complete({"push", "oci:x", "p"}) == Texts{"prod/+"});
  CHECK(complete({"push", "oci:x", "a", "p"}) == Texts{"prod/+"});
  CHECK(complete({"inspect", "docker-a"}) == Texts{"docker-archive:+"});
  CHECK(complete({"tags", ""}) == Texts{"prod/+"});
  CHECK(complete({"registry", "use", ""}) == Texts{"prod"});
  CHECK(complete({"registry", "use", "prod", ""}).empty());
  CHECK(complete({"flavor", "describe", "d"}) == Texts{"default"});
  CHECK(complete({"explain", "push.mov"}) == Texts{"push.moved"});
  CHECK(complete({"login", "p"}) == Texts{"prod"});
}

TEST_CASE("completion: every script runs the hidden command") {
  for (const char* shell : {"bash", "zsh", "fish"})
    CHECK(cli::completion_script(shell).find(cli::kCompleteCommand) != std::string_view::npos);
  CHECK(cli::completion_script("csh").empty());
}

TEST_CASE("man pages: one of each command, in ASCII, with all of its options") {
  const auto pages = cli::man_pages(cli::root_command(), "1.2.3");
  std::size_t found = 0;
  for (const auto& page : pages) {
    CAPTURE(page.name);
    CHECK(
        std::ranges::all_of(page.text, [](char c) { return c == '\n' || (c >= ' ' && c < 127); }));
    if (page.name == "berth-push.1") {
      ++found;
      CHECK(page.text.find("\\-\\-dry\\-run") != std::string::npos);
      CHECK(page.text.find(".SH \"EXIT STATUSES\"") != std::string::npos);
    }
    if (page.name == "berth.1" || page.name == "berth-container-registry-flavor-list.1") ++found;
  }
  CHECK(found == 3);
}
