// berth flavor check: what would break a plugin elsewhere is found, and what to change is shown.
#include <doctest/doctest.h>

#include "support/berth.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::Berth;
using test::run_command;
using test::TempDir;

namespace {

const std::string kPlugins = BERTH_TEST_PLUGINS;
const std::string kInclude = BERTH_SOURCE_DIRECTORY "/sdk/include";
const std::string kMap = BERTH_SOURCE_DIRECTORY "/sdk/cmake/berth_flavor.map";

// The line of a check of the report: "  failed    exports; …".
std::string line_of(const test::CommandResult& report, const std::string& name) {
  const auto at = report.out.find("  " + name);
  if (at == std::string::npos) return {};
  const auto begin = report.out.rfind('\n', at) + 1;
  return report.out.substr(begin, report.out.find('\n', at) - begin);
}

bool fails(const test::CommandResult& report, const std::string& name) {
  return line_of(report, name).find("failed") != std::string::npos;
}

// A plugin that leaves a thread and a descriptor, and exports more than its descriptor.
constexpr const char* kLeaver = R"(
#include <berth/container_registry.hpp>
#include <thread>
#include <unistd.h>
void exported_by_accident() {}
namespace {
class LeaverContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "leaver";
  static constexpr char VERSION[] = "1.0.0";
  LeaverContainerRegistry() {
    std::thread([] { while (true) ::pause(); }).detach();
    static_cast<void>(::dup(1));
  }
};
}
BERTH_PLUGIN(LeaverContainerRegistry)
)";

}  // namespace

TEST_CASE("conformance: a shipped flavor passes, in text and JSON") {
  const Berth berth;
  const std::string path = BERTH_BUILD_DIRECTORY "/lib/berth/flavors/default.so";
  const auto text = berth.run({"flavor", "check", path});
  CHECK_MESSAGE(text.status == 0, text.out << text.err);
  CHECK(text.out.find("failed") == std::string::npos);
  CHECK_FALSE(line_of(text, "nothing left: threads").empty());
  CHECK_FALSE(line_of(text, "two instances").empty());
  const auto json = berth.run({"flavor", "check", path, "-o", "json"});
  CHECK(json.status == 0);
  CHECK(json.out.find(R"("ok":true)") != std::string::npos);
  CHECK(json.out.find(R"({"name":"exports","result":"passed")") != std::string::npos);
}

TEST_CASE("conformance: each fault is a failed check of that function") {
  const Berth berth;
  const std::pair<const char*, const char*> faults[] = {{"create", "create"},
                                                        {"prepare", "prepare_image_push: usual"},
                                                        {"push", "push_image: usual"}};
  for (const auto& [where, check] : faults) {
    const char* captured = where;
    CAPTURE(captured);
    const auto report = berth.run({"flavor", "check", kPlugins + "/hostile.so", "--set",
                                   "what=segfault", "--set", std::string("where=") + where});
    CHECK(report.status == 3);
    CHECK_MESSAGE(fails(report, check), report.out);
    CHECK(report.out.find("fix  find the crash") != std::string::npos);
  }
}

TEST_CASE("conformance: what is exported, searched and left behind") {
  const TempDir directory;
  const Berth berth;
  directory.write("leaver.cpp", kLeaver);
  const auto built =
      run_command({"g++", "-std=c++17", "-shared", "-fPIC", "-I", kInclude,
                   directory / "leaver.cpp", "-o", directory / "leaver.so", "-Wl,-rpath,/opt/lib"});
  REQUIRE_MESSAGE(built.status == 0, built.err);
  const auto report = berth.run({"flavor", "check", directory / "leaver.so"});
  CHECK(report.status == 3);
  CHECK(fails(report, "exports"));
  CHECK(fails(report, "search-path"));
  CHECK(fails(report, "nothing left: threads"));
  CHECK(fails(report, "nothing left: descriptors"));
  CHECK_FALSE(fails(report, "nothing left: processes"));
  CHECK_FALSE(fails(report, "runtime"));
  CHECK(line_of(report, "runtime").find("GLIBC_") != std::string::npos);
}

TEST_CASE("conformance: a file that is not a plugin is an error of its class") {
  const TempDir directory;
  const Berth berth;
  directory.write("text.so", "no plugin");
  CHECK(berth.run({"flavor", "check", directory / "text.so"}).status == 13);
  CHECK(berth.run({"flavor", "check", directory / "missing.so"}).status == 6);
  CHECK(berth.run({"flavor", "check", kPlugins + "/hostile.so", "--set", "unknown=1"}).status == 2);
}
