// The newcomer's path, on an installed tree: flavor new, build, its tests, install, push.
#include <doctest/doctest.h>
#include <cstdlib>

#include <boost/filesystem.hpp>

#include "support/command.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::run_command;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

// A user whose PATH has the installed berth.
struct Newcomer {
  TempDir directory{};
  test::CommandOptions options{};

  Newcomer() {
    const auto installed = run_command(
        {"cmake", "--install", BERTH_BUILD_DIRECTORY, "--prefix", directory / "prefix"});
    REQUIRE_MESSAGE(installed.status == 0, installed.err);
    fs::create_directory(directory / "home");
    options.environment = {
        {"HOME", directory / "home"}, {"PATH", directory / "prefix/bin:" + std::getenv("PATH")},
        {"XDG_CONFIG_HOME", ""},      {"XDG_DATA_HOME", ""},
        {"XDG_STATE_HOME", ""},       {"CMAKE_PREFIX_PATH", ""}};
    options.directory = directory / "home";
    options.limit = std::chrono::seconds(300);
  }

  test::CommandResult run(const std::vector<std::string>& argv) const {
    return run_command(argv, options);
  }
  void must(const std::vector<std::string>& argv) const {
    const auto ran = run(argv);
    REQUIRE_MESSAGE(ran.status == 0, argv[0] << ": " << ran.out << ran.err);
  }
};

}  // namespace

TEST_CASE("newcomer: from nothing to a pushed image") {
  const Newcomer newcomer;
  newcomer.must({"berth", "flavor", "new", "acme"});
  newcomer.must({"cmake", "-S", "acme", "-B", "acme/build", "-G", "Ninja",
                 "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", "-DCMAKE_CXX_FLAGS=-Wall -Wextra"});
  newcomer.must({"cmake", "--build", "acme/build"});
  newcomer.must({"ctest", "--test-dir", "acme/build", "--output-on-failure", "--no-tests=error"});
  newcomer.must({"berth", "flavor", "check", "acme/build/acme.so"});
  newcomer.must({"cmake", "--install", "acme/build"});
  CHECK(fs::exists(newcomer.directory / "home/.local/share/berth/flavors/acme.so"));

  const auto digest = test::write_layout(newcomer.directory, "home/img", "1", {"one"});
  const test::RealRegistry registry;
  const auto refused = newcomer.run({"berth", "push", "oci:img", registry.host() + "/app:1",
                                     "--flavor", "acme", "--set", "team=blue"});
  CHECK(refused.status == 3);
  CHECK(refused.err.find("acme.repository") != std::string::npos);
  const auto pushed = newcomer.run({"berth", "push", "oci:img", registry.host() + "/blue-app:1",
                                    "--flavor", "acme", "--set", "team=blue"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == registry.host() + "/blue-app@" + digest + "\n");
  CHECK(registry.digest_seen_by_skopeo("blue-app:1") == digest);
}

TEST_CASE("newcomer: any valid name builds, also one that CMake reserves") {
  const Newcomer newcomer;
  for (const std::string name : {"test", "3-com"}) {
    newcomer.must({"berth", "flavor", "new", name, "--dir", "projects/" + name});
    newcomer.must({"cmake", "-S", "projects/" + name, "-B", "projects/build-" + name, "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=Debug"});
    newcomer.must({"cmake", "--build", "projects/build-" + name});
    newcomer.must({"ctest", "--test-dir", "projects/build-" + name, "--no-tests=error"});
    CHECK(fs::exists(newcomer.directory / ("home/projects/build-" + name + "/" + name + ".so")));
  }
}
