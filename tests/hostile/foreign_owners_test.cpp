// Files of other owners: made by root, read by an ordinary user and by root.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/requirements.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;

namespace {

constexpr uid_t kForeignUser = 4711;
constexpr gid_t kOrdinaryGroup = 65534;

std::string error_code(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "the output");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "no error";
}

bool warns_of(const test::CommandResult& result, const std::string& path) {
  return result.err.find("berth: warning: " + path + " is ") != std::string::npos;
}

test::CommandResult run_as_user(const Berth& berth, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                test::berth_program()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  test::CommandOptions options;
  options.environment = berth.environment();
  return test::run_command(argv, options);
}

}  // namespace

TEST_CASE(
    "foreign owners: root's files are used, also behind links; other users' are refused or warned "
    "of") {
  if (!test::require_machine(test::is_root(), "root")) return;
  const Berth berth;
  const std::string directory = berth.home() / "config/berth";
  const auto link = directory + "/registries.json";
  const auto file = berth.home().write(
      "config/berth/..data/registries.json",
      R"({"version":1,"container_registries":[{"name":"a","flavor":"default","uri":"localhost:1"}]})");
  const auto config = berth.home().write("docker/config.json", "{}");
  test::ScriptedServer registry([](const test::Received&) {
    return test::Scripted{test::http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  });
  const auto reference = "127.0.0.1:" + std::to_string(registry.port()) + "/app:1";
  REQUIRE(::chmod(berth.home().path().c_str(), 0755) == 0);

  // Like secrets mounted by Kubernetes.
  REQUIRE(::symlink("..data/registries.json", link.c_str()) == 0);
  REQUIRE(::chmod(directory.c_str(), 01777) == 0);
  const auto mounted = run_as_user(berth, {"registry", "list"});
  CHECK_MESSAGE(mounted.status == 0, mounted.err);
  CHECK(mounted.err.find("warning") == std::string::npos);
  CHECK_FALSE(warns_of(run_as_user(berth, {"check", reference}), config));

  REQUIRE(::chown(file.c_str(), kForeignUser, kOrdinaryGroup) == 0);
  REQUIRE(::chown(config.c_str(), kForeignUser, kOrdinaryGroup) == 0);
  CHECK(error_code(run_as_user(berth, {"registry", "list", "-o", "json"})) ==
        "store.foreign-owner");
  CHECK(run_as_user(berth, {"registry", "list", "--config-dir", directory}).status == 0);
  const auto elsewhere =
      run_as_user(berth, {"check", reference, "--config-dir", berth.home() / "none"});
  CHECK(elsewhere.status == 4);
  CHECK_MESSAGE(warns_of(elsewhere, config), elsewhere.err);

  // The root user of a container reads files mounted by the user of the machine.
  const auto root = berth.run({"check", reference});
  CHECK(root.status == 4);
  CHECK(warns_of(root, config));
  CHECK(warns_of(root, link));
}
