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
  const TempDir folder;
  const auto installed = run_command({"cmake", "--install", BERTH_BUILD_FOLDER, "--prefix", folder / "first"});
  REQUIRE_MESSAGE(installed.status == 0, installed.err);
  fs::rename(folder / "first", folder / "moved");
  for (const char* file :
       {"bin/berth", "libexec/berth/berth-flavor-worker", "lib/berth/flavors/default.so", "lib/berth/flavors/layout.so",
        "include/berth/abi.h", "include/berth/container_registry.hpp"})
    CHECK_MESSAGE(fs::exists(folder / ("moved/" + std::string(file))), file);

  test::CommandOptions options;
  options.environment = {{"HOME", folder / "home"}, {"XDG_CONFIG_HOME", ""}, {"XDG_DATA_HOME", ""}};
  const std::string berth = folder / "moved/bin/berth";
  const auto listed = run_command({berth, "flavor", "list"}, options);
  CHECK_MESSAGE(listed.status == 0, listed.err);
  CHECK(listed.out.find(folder / "moved/lib/berth/flavors/layout.so") != std::string::npos);

  const auto digest = test::write_layout(folder, "img", "1", {"one"});
  const auto pushed = run_command(
      {berth, "push", "oci:" + (folder / "img"), "--flavor", "layout", "--uri", "oci:" + (folder / "shelf"), "/app:1"},
      options);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == "oci:" + (folder / "shelf") + "/app@" + digest + "\n");
}

TEST_CASE("install: a symbolic link to berth finds files relative to the real program") {
  const TempDir folder;
  fs::create_symlink(BERTH_BUILD_FOLDER "/bin/berth", folder / "berth");
  const auto listed = run_command({folder / "berth", "flavor", "list", "--config-dir", folder / "config"});
  CHECK_MESSAGE(listed.status == 0, listed.err);
  CHECK(listed.out.find("default") != std::string::npos);
}
