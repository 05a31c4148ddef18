// The installed tree is relocatable.
#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "support/command.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::run_command;
using test::TempDir;
namespace fs = boost::filesystem;

TEST_CASE("install: a relocated prefix finds its worker and its flavors") {
  const TempDir directory;
  const auto installed =
      run_command({"cmake", "--install", BERTH_BUILD_DIRECTORY, "--prefix", directory / "first"});
  REQUIRE_MESSAGE(installed.status == 0, installed.err);
  fs::rename(directory / "first", directory / "moved");
  for (const char* file :
       {"bin/berth", "libexec/berth/berth-flavor-worker", "lib/berth/flavors/default.so",
        "lib/berth/flavors/layout.so", "include/berth/abi.h",
        "include/berth/container_registry.hpp", "share/man/man1/berth.1",
        "share/man/man1/berth-push.1", "share/bash-completion/completions/berth",
        "share/zsh/site-functions/_berth", "share/fish/vendor_completions.d/berth.fish"})
    CHECK_MESSAGE(fs::exists(directory / ("moved/" + std::string(file))), file);

  test::CommandOptions options;
  options.environment = {
      {"HOME", directory / "home"}, {"XDG_CONFIG_HOME", ""}, {"XDG_DATA_HOME", ""}};
  const std::string berth = directory / "moved/bin/berth";
  const auto listed = run_command({berth, "flavor", "list"}, options);
  CHECK_MESSAGE(listed.status == 0, listed.err);
  CHECK(listed.out.find(directory / "moved/lib/berth/flavors/layout.so") != std::string::npos);

  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  const auto pushed = run_command({berth, "push", "oci:" + (directory / "img"), "--flavor",
                                   "layout", "--uri", "oci:" + (directory / "shelf"), "/app:1"},
                                  options);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == "oci:" + (directory / "shelf") + "/app@" + digest + "\n");
}

TEST_CASE("install: a symbolic link to berth finds files relative to the real program") {
  const TempDir directory;
  fs::create_symlink(BERTH_BUILD_DIRECTORY "/bin/berth", directory / "berth");
  const auto listed =
      run_command({directory / "berth", "flavor", "list", "--config-dir", directory / "config"});
  CHECK_MESSAGE(listed.status == 0, listed.err);
  CHECK(listed.out.find("default") != std::string::npos);
}
