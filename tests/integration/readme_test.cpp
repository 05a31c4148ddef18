// README.md: its commands as they are written there, against a real registry and a real Docker
// daemon. Only the registry's port differs.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <regex>
#include <sstream>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_daemon.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::CommandOptions;
using test::CommandResult;
using test::RealDaemon;
using test::RealRegistry;

namespace {

namespace fs = boost::filesystem;

const std::string kRoot = BERTH_SOURCE_DIRECTORY;

// The first fenced block of `language` after `heading`.
std::string block_after(const std::string& page, const std::string& heading,
                        const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const auto start = page.find(fence, page.find(heading));
  REQUIRE(start != std::string::npos);
  const auto from = start + fence.size();
  return page.substr(from, page.find("```", from) - from);
}

// Sorted and without durations: layers are uploaded in any order.
std::vector<std::string> comparable(const std::string& printed) {
  std::vector<std::string> lines;
  std::istringstream text(printed);
  for (std::string line; std::getline(text, line);)
    lines.push_back(std::regex_replace(line, std::regex(" in [0-9.]+ s$"), " in N s"));
  std::sort(lines.begin(), lines.end());
  return lines;
}

// A machine with the flavor of README.md, and an image in every form that the page names.
class Reader {
 public:
  Reader() : page_(test::slurp(kRoot + "/README.md")) {
    fs::create_directory_symlink(kRoot + "/sdk", berth_.home() / "sdk");
    berth_.home().write("acme.cpp", block_after(page_, "## Writing a flavor", "cpp"));
    const auto made =
        test::run_command({"/usr/bin/python3", kRoot + "/tests/support/fixed_image.py",
                           berth_.home() / "build", "1.2"});
    REQUIRE_MESSAGE(made.status == 0, made.err);
    require(block_after(page_, "## Writing a flavor", "sh"));
  }

  // Standard output and standard error together, as on a terminal.
  [[nodiscard]] CommandResult type(const std::string& command) const {
    CommandOptions options;
    options.environment = berth_.environment();
    for (const auto& [name, value] : more_) options.environment.emplace_back(name, value);
    options.environment.emplace_back(
        "PATH", fs::path(test::berth_program()).parent_path().string() + ":" + std::getenv("PATH"));
    options.environment.emplace_back("HOME", berth_.home().path());
    options.environment.emplace_back("XDG_DATA_HOME", berth_.home() / ".local/share");
    options.environment.emplace_back("NO_COLOR", "1");
    options.directory = berth_.home().path();
    return test::run_command({"sh", "-c", "exec 2>&1\n" + at_this_registry(command)}, options);
  }
  void require(const std::string& command) const {
    const auto result = type(command);
    REQUIRE_MESSAGE(result.status == 0, command << "\n" << result.out);
  }
  void set(const std::string& name, const std::string& value) { more_.emplace_back(name, value); }
  [[nodiscard]] const std::string& page() const { return page_; }
  [[nodiscard]] std::string at_this_registry(const std::string& text) const {
    return std::regex_replace(text, std::regex("localhost:5000"), registry_.host());
  }
  [[nodiscard]] const test::TempDir& home() const { return berth_.home(); }

 private:
  std::string page_;
  Berth berth_;
  RealRegistry registry_;
  std::vector<std::pair<std::string, std::string>> more_;
};

// Each "$ COMMAND" of a console block prints the lines after it.
void check_transcript(const Reader& reader, const std::string& block) {
  std::size_t at = 0;
  while (at < block.size()) {
    const auto next = std::min(block.find("\n$ ", at), block.size());
    const std::string step = block.substr(at + 2, next - at - 2);
    const std::string command = step.substr(0, step.find('\n'));
    const std::string expected =
        step.size() > command.size() ? step.substr(command.size() + 1) : "";
    const std::string printed = reader.type(command).out;
    CAPTURE(command);
    CAPTURE(printed);
    CHECK(comparable(printed) == comparable(reader.at_this_registry(expected)));
    at = next + 1;
  }
}

}  // namespace

TEST_CASE("readme: the example flavor, the transcript and every command of Pushing work") {
  if (!test::require_machine(test::is_root(), "root, to run dockerd")) {
    CHECK(true);
    return;
  }
  Reader reader;
  check_transcript(reader, block_after(reader.page(), "# berth", "console"));

  RealDaemon daemon;
  daemon.import_busybox("app:1");
  reader.set("DOCKER_HOST", daemon.host());
  reader.home().write("app.tar", daemon.docker({"save", "app:1"}));
  std::istringstream commands(block_after(reader.page(), "## Pushing", "sh"));
  int count = 0;
  for (std::string command; std::getline(commands, command); ++count) {
    const auto result = reader.type(command);
    CHECK_MESSAGE(result.status == 0, command << "\n" << result.out);
  }
  CHECK(count >= 8);
}
