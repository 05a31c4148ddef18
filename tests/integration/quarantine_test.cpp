// A plugin that crashed twice in a row is set aside; an innocent one is never blamed.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include <boost/filesystem.hpp>

#include "support/berth.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::Berth;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

constexpr int kPluginFault = 12;
constexpr int kNotTrusted = 13;

// A copy of the plugin "hostile" on the search path.
struct Crashing {
  TempDir directory{};
  Berth berth{};
  std::string plugin = directory / "flavors/hostile.so";
  std::string state = directory / "state";

  Crashing() {
    directory.write("flavors/hostile.so", test::slurp(BERTH_TEST_PLUGINS "/hostile.so"));
    ::chmod((directory / "flavors").c_str(), 0755);
  }

  test::CommandResult run(const std::vector<std::string>& argv) const {
    test::CommandOptions options;
    options.environment = {{"XDG_STATE_HOME", state}, {"BERTH_FLAVOR_PATH", directory / "flavors"}};
    return berth.run(argv, options);
  }
  // Exit status of a check in which the plugin does `what`.
  int check(const std::string& what) const {
    return run({"check", "--offline", "localhost:5000/acme/app:1", "--flavor", "hostile", "--uri",
                "localhost:5000/acme", "--set", "what=" + what, "--set", "where=prepare"})
        .status;
  }
};

}  // namespace

TEST_CASE("quarantine: two crashes in a row set a plugin aside until its file changes") {
  const Crashing crashing;
  CHECK(crashing.check("segfault") == kPluginFault);
  CHECK(crashing.check("abort") == kPluginFault);
  CHECK(crashing.check("segfault") == kNotTrusted);
  CHECK(crashing.check("") == kNotTrusted);
  const auto why = crashing.run({"flavor", "why", crashing.plugin});
  CHECK(why.out.find("flavor.quarantined") != std::string::npos);
  CHECK(why.out.find("failed in prepare_image_push: it crashed: signal 6") != std::string::npos);
  CHECK(why.out.find("berth flavor register") != std::string::npos);
  crashing.directory.write("flavors/hostile.so", test::slurp(crashing.plugin) + "rebuilt");
  CHECK(crashing.check("") == 0);
}

TEST_CASE("quarantine: a registration ends it, and a check of the plugin does not count") {
  const Crashing crashing;
  for (int i = 0; i < 2; ++i) CHECK(crashing.check("segfault") == kPluginFault);
  REQUIRE(crashing.check("") == kNotTrusted);
  CHECK(crashing.run({"flavor", "register", "--yes", crashing.plugin}).status == 0);
  CHECK(crashing.check("") == 0);
  for (int i = 0; i < 2; ++i)
    CHECK(crashing
              .run({"flavor", "check", crashing.plugin, "--set", "what=segfault", "--set",
                    "where=prepare"})
              .status == 3);
  CHECK(crashing.check("") == 0);
}

TEST_CASE("quarantine: what is not a crash, or not in a row, does not count") {
  const Crashing crashing;
  for (int i = 0; i < 3; ++i) {
    CHECK(crashing.check("segfault") == kPluginFault);
    CHECK(crashing.check("") == 0);
    CHECK(crashing.check("exit") == kPluginFault);
  }
}

TEST_CASE("quarantine: without a place for it, and with a broken entry, nothing is set aside") {
  Crashing crashing;
  crashing.directory.write("file", "");
  const std::string usual = crashing.state;
  crashing.state = crashing.directory / "file";
  for (int i = 0; i < 3; ++i) CHECK(crashing.check("segfault") == kPluginFault);
  crashing.state = usual;
  for (int i = 0; i < 2; ++i) CHECK(crashing.check("segfault") == kPluginFault);
  REQUIRE(crashing.check("") == kNotTrusted);
  for (fs::recursive_directory_iterator it(usual), end; it != end; ++it)
    if (fs::is_regular_file(it->path())) {
      std::string text = test::slurp(it->path().string());
      std::ofstream(it->path().string()) << text.substr(0, text.size() / 2);
    }
  CHECK(crashing.check("") == 0);
}

TEST_CASE("crash: the error has the place in the plugin, -v the calls that led to it") {
  const Crashing crashing;
  const auto crashed = crashing.run({"check", "-v", "--offline", "localhost:5000/acme/app:1",
                                     "--flavor", "hostile", "--uri", "localhost:5000/acme", "--set",
                                     "what=segfault", "--set", "where=prepare"});
  CHECK(crashed.status == kPluginFault);
  CHECK_MESSAGE(
      crashed.err.find("signal 11 (Segmentation fault) at hostile.so(+0x") != std::string::npos,
      crashed.err);
  CHECK(crashed.err.find("crashed; the calls, innermost first") != std::string::npos);
}
