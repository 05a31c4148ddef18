// Transcripts of the command line: every file of transcripts/ is one behaviour, written as a shell
// shows it.
//   # why it is so                     (first lines)
//   $ berth registry list              run by sh, in $DIR, with berth in PATH and an empty HOME
//   what comes out on standard output
//   ! what comes out on standard error
//   [status 2]                         left out when it is 0
// In commands and in what comes out: $DIR (holds the layout img:1 and the docker archive app.tar),
// $HOME, $REGISTRY (a real registry), $PRIVATE (another, for alice with "open sesame"), $DIGEST (of
// img:1). "…" at the end of a line matches any rest of the line; a line of only "…" matches any
// lines.
#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::TempDir;

namespace {

constexpr const char* kAnything = "…";

struct Step {
  std::string command;
  std::vector<std::string> out;
  std::vector<std::string> err;
  int status = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Step> parse_transcript(const std::string& text) {
  std::vector<Step> steps;
  for (const auto& line : lines_of(text)) {
    if (line.starts_with("$ ")) {
      steps.push_back({line.substr(2), {}, {}, 0});
    } else if (steps.empty()) {
      continue;
    } else if (line.starts_with("[status ")) {
      steps.back().status = std::stoi(line.substr(8));
    } else if (line.starts_with("!")) {
      steps.back().err.push_back(line.size() > 2 ? line.substr(2) : "");
    } else {
      steps.back().out.push_back(line);
    }
  }
  return steps;
}

bool line_matches(const std::string& expected, const std::string& actual) {
  if (!expected.ends_with(kAnything)) return expected == actual;
  return actual.starts_with(expected.substr(0, expected.size() - std::string(kAnything).size()));
}

using Lines = std::span<const std::string>;

bool lines_match(Lines expected, Lines actual) {
  if (expected.empty()) return actual.empty();
  if (expected.front() == kAnything) {
    for (std::size_t skipped = 0; skipped <= actual.size(); ++skipped)
      if (lines_match(expected.subspan(1), actual.subspan(skipped))) return true;
    return false;
  }
  return !actual.empty() && line_matches(expected.front(), actual.front()) &&
         lines_match(expected.subspan(1), actual.subspan(1));
}

using Names = std::vector<std::pair<std::string, std::string>>;  // variable, value

// What differs from run to run goes by its name.
std::string named(std::string text, const Names& names) {
  for (const auto& [name, value] : names)
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + 1))
      text.replace(at, value.size(), "$" + name);
  return text;
}

std::string shown(const std::vector<std::string>& out, const std::vector<std::string>& err,
                  int status) {
  std::string text;
  for (const auto& line : out) text += line + "\n";
  for (const auto& line : err) text += "! " + line + "\n";
  return text + "[status " + std::to_string(status) + "]";
}

void run_step(const Step& step, const Names& names) {
  test::CommandOptions options;
  options.environment = {
      {"XDG_CONFIG_HOME", ""}, {"XDG_DATA_HOME", ""}, {"DOCKER_CONFIG", ""}, {"NO_COLOR", ""}};
  for (const auto& variable :
       {"BERTH_FLAVOR_PATH", "BERTH_USERNAME", "BERTH_PASSWORD", "DOCKER_HOST", "DOCKER_CONTEXT",
        "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "CLICOLOR_FORCE"})
    options.environment.emplace_back(variable, "");
  options.environment.emplace_back("BERTH_REGISTRIES_CONF",
                                   "/dev/null");  // ignore the configuration of this machine
  options.environment.insert(options.environment.end(), names.begin(), names.end());
  for (const auto& [name, value] : names)
    if (name == "HOME") options.environment.emplace_back("XDG_RUNTIME_DIR", value + "/run");
  const auto program = test::berth_program();
  options.environment.emplace_back(
      "PATH", program.substr(0, program.rfind('/')) + ":" + std::getenv("PATH"));
  const auto dir = std::find_if(names.begin(), names.end(),
                                [](const auto& name) { return name.first == "DIR"; });
  options.directory = dir->second;
  const auto result = test::run_command({"sh", "-c", step.command}, options);
  const auto out = lines_of(named(result.out, names));
  const auto err = lines_of(named(result.err, names));
  const bool same =
      lines_match(step.out, out) && lines_match(step.err, err) && step.status == result.status;
  CHECK_MESSAGE(same, "$ ", step.command, "\n", shown(out, err, result.status), "\ninstead of\n",
                shown(step.out, step.err, step.status));
}

std::vector<std::string> transcript_files() {
  std::vector<std::string> files;
  for (boost::filesystem::directory_iterator it(BERTH_TRANSCRIPTS), end; it != end; ++it)
    if (it->path().extension() == ".txt") files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("transcripts: the command line behaves as each transcript shows") {
  const test::RealRegistry registry;
  const test::RealRegistry with_login({"alice", "open sesame"});
  const auto files = transcript_files();
  REQUIRE(files.size() > 40);
  for (const auto& file : files) {
    CAPTURE(file);
    const TempDir dir;
    const TempDir home;
    const auto digest = test::write_layout(dir, "img", "1", {"one", "two"});
    boost::filesystem::create_directory(home / "run");
    dir.write("app.tar", test::docker_archive({"one"}).tar());
    const Names names{{"DIR", dir.path()},
                      {"HOME", home.path()},
                      {"REGISTRY", registry.host()},
                      {"PRIVATE", with_login.host()},
                      {"DIGEST", digest}};
    const auto steps = parse_transcript(test::slurp(file));
    CHECK_FALSE(steps.empty());
    for (const auto& step : steps) run_step(step, names);
  }
}

TEST_CASE("transcripts: the comparison distinguishes lines") {
  const std::vector<std::string> actual{"a", "b 1", "c"};
  using Expected = std::vector<std::string>;
  CHECK(lines_match(Expected{"a", "b …", "c"}, actual));
  CHECK(lines_match(Expected{"…"}, actual));
  CHECK(lines_match(Expected{"a", "…", "b 1", "c", "…"}, actual));
  CHECK_FALSE(lines_match(Expected{"a", "b", "c"}, actual));
  CHECK_FALSE(lines_match(Expected{"a", "b 1"}, actual));
  CHECK_FALSE(lines_match(Expected{"a", "…", "d"}, actual));
  CHECK_FALSE(lines_match(Expected{}, actual));
}
