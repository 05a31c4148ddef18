// Discovery and trust, through the program: no code of a plugin runs before it is used.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::CommandOptions;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

// A copy of a test's plugin in its own directory, as required for unregistered files.
std::string copy_plugin(const TempDir& directory, const std::string& name, const std::string& as) {
  const auto path =
      directory.write(as, test::slurp(std::string(BERTH_TEST_PLUGINS) + "/" + name + ".so"));
  ::chmod(path.c_str(), 0644);
  ::chmod(fs::path(path).parent_path().c_str(), 0755);
  return path;
}

CommandOptions with_path(const std::string& value) {
  CommandOptions options;
  options.environment = {{"BERTH_FLAVOR_PATH", value}};
  return options;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "discovery: lists a plugin whose constructor never returns, without a process or a mapping of "
    "it") {
  if (!test::require_machine(test::run_command({"strace", "-o", "/dev/null", "true"}).status == 0,
                             "strace"))
    return;
  const TempDir directory;
  const Berth berth;
  const auto plugin = copy_plugin(directory, "constructor-hang", "flavors/early.so");
  CommandOptions options;
  options.environment = berth.environment();
  options.environment.emplace_back("BERTH_FLAVOR_PATH", directory / "flavors");
  options.environment.emplace_back("ASAN_OPTIONS",
                                   "detect_leaks=0");  // which does not work under strace
  const auto listed = test::run_command(
      {"strace", "-f", "-y", "-o", directory / "trace", "-e",
       "trace=process,mmap,openat,memfd_create", test::berth_program(), "flavor", "list"},
      options);
  CHECK_MESSAGE(listed.status == 0, listed.err);
  CHECK(contains(listed.out, "early"));
  CHECK(contains(listed.out, plugin));
  const auto trace = test::slurp(directory / "trace");
  REQUIRE(contains(trace, "flavors/early.so"));  // it was opened
  int programs = 0;
  std::istringstream lines(trace);
  for (std::string line; std::getline(lines, line);) {
    programs += contains(line, "execve(") ? 1 : 0;
    for (const char* call : {"fork(", "vfork(", "memfd_create("})
      CHECK_MESSAGE(!contains(line, call), line);
    CHECK_MESSAGE(!((contains(line, "clone(") || contains(line, "clone3(")) &&
                    !contains(line, "CLONE_THREAD")),
                  line);
    CHECK_MESSAGE(!(contains(line, "mmap(") && contains(line, "early.so")), line);
  }
  CHECK(programs == 1);
}

TEST_CASE(
    "discovery: a registered file is pinned; a changed file is refused until it is registered "
    "again") {
  const TempDir directory;
  const Berth berth;
  const auto plugin = copy_plugin(directory, "liar", "mine/release.so");
  CHECK(berth.run({"flavor", "describe", "liar1"}).status == 6);
  CHECK(berth.run({"flavor", "register", plugin}).status == 2);  // no terminal for the confirmation
  REQUIRE(berth.run({"flavor", "register", "--yes", plugin}).status == 0);
  CHECK(contains(berth.run({"flavor", "describe", "liar1"}).out, "sha256:"));
  ::chmod(plugin.c_str(), 0666);
  CHECK(berth.run({"flavor", "describe", "liar1"}).status == 0);

  directory.write("mine/release.so", test::slurp(plugin) + "x");
  const auto changed = berth.run({"flavor", "describe", "liar1"});
  CHECK(changed.status == 13);
  CHECK(contains(changed.err, "berth flavor register " + plugin));
  CHECK(contains(berth.run({"flavor", "why", plugin}).out, "flavor.changed"));
  CHECK(contains(berth.run({"flavor", "why", "liar1"}).out, "flavor.changed"));
  CHECK(
      berth.run({"flavor", "register", "--yes", "--sha256", std::string(64, '0'), plugin}).status ==
      13);
  REQUIRE(berth.run({"flavor", "register", "--yes", plugin}).status == 0);
  CHECK(berth.run({"flavor", "describe", "liar1"}).status == 0);

  fs::remove(plugin);
  CHECK(berth.run({"flavor", "describe", "liar1"}).status == 13);
  REQUIRE(berth.run({"flavor", "delete", "liar1"}).status == 0);
  CHECK(berth.run({"flavor", "describe", "liar1"}).status == 6);
}

TEST_CASE("discovery: flavor why explains every file") {
  const TempDir directory;
  const Berth berth;
  const auto first = copy_plugin(directory, "liar", "a/liar1.so");
  const auto second = copy_plugin(directory, "liar", "b/liar1.so");
  const auto open = copy_plugin(directory, "hostile", "b/hostile.so");
  ::chmod(open.c_str(), 0666);
  directory.write("b/text.so", "no shared object");
  REQUIRE(::mkfifo((directory / "b/fifo.so").c_str(), 0600) == 0);
  fs::create_symlink("nowhere", directory / "b/dangling.so");
  const auto stray = copy_plugin(directory, "hostile", "stray/hostile.so");
  const auto search = with_path((directory / "a") + "::" + (directory / "b"));
  const auto why = [&](const std::string& what) {
    const auto answer = berth.run({"flavor", "why", what, "-o", "json"}, search);
    const auto document = base::parse_json(answer.out, "out").value();
    const auto* files = document.find("files");
    if (files == nullptr || files->as_array()->empty())
      return "status " + std::to_string(answer.status);
    const auto& file = files->as_array()->front();
    return file.find("in_use")->as_bool() == true ? "in use" : file.string_or("code", "");
  };
  CHECK(why(first) == "in use");
  CHECK(why(second) == "flavor.shadowed");
  CHECK(why(open) == "flavor.writable-by-others");
  CHECK(why(directory / "b/text.so") == "flavor.not-elf");
  CHECK(why(directory / "b/fifo.so") == "flavor.not-regular");
  CHECK(contains(why(directory / "b/dangling.so"), "file."));
  CHECK(why(stray) == "flavor.not-on-path");
  CHECK(why(directory / "b/none.so") == "status 6");
  CHECK(why("hostile") == "flavor.writable-by-others");
  CHECK(why("nothing-of-that-name") == "status 6");
  const auto listed = berth.run({"flavor", "list", "--all"}, search);
  for (const char* code :
       {"flavor.shadowed", "flavor.writable-by-others", "flavor.not-elf", "flavor.not-regular"})
    CHECK_MESSAGE(contains(listed.out, code), code);
}

TEST_CASE("discovery: never searches the current directory; empty path segments are ignored") {
  const TempDir directory;
  const Berth berth;
  copy_plugin(directory, "liar", "here/liar1.so");
  for (const char* value : {"", ":", "::", "/nowhere:", ":/nowhere"}) {
    auto options = with_path(value);
    options.directory = directory / "here";
    CHECK_MESSAGE(!contains(berth.run({"flavor", "list", "--all"}, options).out, "liar1"), value);
  }
  auto typed = with_path("here");
  typed.directory = directory.path();
  CHECK(contains(berth.run({"flavor", "list"}, typed).out, "/here/liar1.so"));
}
