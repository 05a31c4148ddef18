// A setuid, setgid or privileged copy of the programs, started by another user. Requires root,
// which creates the copies.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

#include "base/json_parser.hpp"
#include "platform/linux/process_privileges.hpp"
#include "support/berth.hpp"
#include "support/requirements.hpp"

using namespace berth;

namespace {

constexpr uid_t kOther = 65534;

// A copy of the installation that is accessible to other users, and a home directory whose files
// name a program to run.
class Copy {
 public:
  Copy() {
    REQUIRE(::chmod(dir_.path().c_str(), 0755) == 0);
    const auto program = test::berth_program();
    const auto prefix = program.substr(0, program.rfind("/bin/"));
    for (const char* name :
         {"/bin/berth", "/libexec/berth/berth-flavor-worker", "/lib/berth/flavors/default.so"}) {
      const auto copy = dir_ / std::string("copy") + name;
      boost::filesystem::create_directories(boost::filesystem::path(copy).parent_path());
      boost::filesystem::copy_file(prefix + name, copy);
    }
    boost::filesystem::create_directories(dir_ / "home/docker");
    REQUIRE(::chown((dir_ / "home").c_str(), kOther, kOther) == 0);
    dir_.write("home/docker/config.json", R"({"credsStore":"evil"})");
    const auto helper = dir_.write("home/docker-credential-evil",
                                   "#!/bin/sh\nid -u >> " + (dir_ / "home/ran") + "\n");
    REQUIRE(::chmod(helper.c_str(), 0755) == 0);
  }

  [[nodiscard]] std::string berth() const { return dir_ / "copy/bin/berth"; }
  [[nodiscard]] std::string worker() const {
    return dir_ / "copy/libexec/berth/berth-flavor-worker";
  }
  // Whether the kernel honours the bits below the test's directory.
  [[nodiscard]] bool takes_effect() const {
    struct statvfs status {};
    return ::statvfs(dir_.path().c_str(), &status) == 0 && (status.f_flag & ST_NOSUID) == 0;
  }
  [[nodiscard]] bool helper_ran() const { return boost::filesystem::exists(dir_ / "home/ran"); }

  [[nodiscard]] test::CommandResult run(std::vector<std::string> command,
                                        const std::vector<std::string>& privileges = {}) const {
    std::vector<std::string> all{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    all.insert(all.end(), privileges.begin(), privileges.end());
    all.insert(all.end(), command.begin(), command.end());
    test::CommandOptions options;
    options.environment = {{"HOME", dir_ / "home"},
                           {"XDG_CONFIG_HOME", dir_ / "home"},
                           {"DOCKER_CONFIG", dir_ / "home/docker"},
                           {"PATH", (dir_ / "home") + ":/usr/sbin:/usr/bin:/sbin:/bin"},
                           {"NO_COLOR", ""},
                           {"CLICOLOR_FORCE", "1"}};
    return test::run_command(all, options);
  }

 private:
  test::TempDir dir_;
};

// Version 2 of the attribute (linux/capability.h): effective, with CAP_DAC_OVERRIDE permitted.
bool give_capability(const std::string& file) {
  const std::uint32_t value[] = {0x02000001U, 1U << 1U, 0, 0, 0};
  return ::setxattr(file.c_str(), "security.capability", value, sizeof value, 0) == 0;
}

void check_refused(const Copy& copy, const char* what) {
  CAPTURE(what);
  for (const auto& command :
       std::vector<std::vector<std::string>>{{copy.berth(), "check", "localhost:1/app"},
                                             {copy.berth(), "version"},
                                             {copy.berth(), "--help"}}) {
    const auto result = copy.run(command);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    // CLICOLOR_FORCE would colour it.
    CHECK(result.err == "berth: " + std::string(platform::kElevatedMessage) + " (usage)\n");
  }
  const auto json = copy.run({copy.berth(), "version", "-o", "json"});
  CHECK(json.status == 2);
  CHECK(base::parse_json(json.out, "it")->find("error")->string_or("code", "") == "usage.elevated");
  CHECK_FALSE(copy.helper_ran());
  const auto worker = copy.run({copy.worker()});
  CHECK(worker.status == 2);
  CHECK(worker.err == "berth-flavor-worker: " + std::string(platform::kElevatedMessage) + "\n");
}

}  // namespace

TEST_CASE(
    "elevated: setuid, setgid and capabilities are refused in one line, before the environment is "
    "read") {
  if (!test::require_machine(test::is_root(), "root")) return;
  const Copy copy;
  if (!test::require_machine(copy.takes_effect(), "a TMPDIR without nosuid")) return;
  const auto plain = copy.run({copy.berth(), "check", "localhost:1/app"});
  CHECK(plain.status == 7);
  CHECK(copy.run({copy.berth(), "version"}).status == 0);
  for (const auto& program : {copy.berth(), copy.worker()})
    REQUIRE(::chmod(program.c_str(), 04755) == 0);
  check_refused(copy, "setuid");
  // The leak detector traces the process, which is not permitted for a process with other
  // privileges than root's.
  if (test::kSanitized) return;
  for (const auto& program : {copy.berth(), copy.worker()})
    REQUIRE(::chmod(program.c_str(), 02755) == 0);
  check_refused(copy, "setgid");
  for (const auto& program : {copy.berth(), copy.worker()}) {
    REQUIRE(::chmod(program.c_str(), 0755) == 0);
    if (!test::require_machine(give_capability(program), "a file system with file capabilities"))
      return;
  }
  check_refused(copy, "capabilities");
}

TEST_CASE("elevated: capabilities that the caller has and passes on are allowed") {
  if (!test::require_machine(test::is_root(), "root")) return;
  const Copy copy;
  const auto result = copy.run({copy.berth(), "version"}, {"--inh-caps=+net_bind_service",
                                                           "--ambient-caps=+net_bind_service"});
  CHECK_MESSAGE(result.status == 0, result.err);
}

TEST_CASE("elevated: the cause of AT_SECURE decides") {
  platform::ProcessPrivileges process;
  process.real_user = process.effective_user = 1000;
  process.real_group = process.effective_group = 1000;
  CHECK_FALSE(platform::is_elevated(process));
  process.secure = true;  // a transition of SELinux
  CHECK_FALSE(platform::is_elevated(process));
  process.permitted = process.ambient = 1U << 10U;
  CHECK_FALSE(platform::is_elevated(process));
  process.permitted = 3U << 10U;
  CHECK(platform::is_elevated(process));
  process.permitted = 0;
  process.effective_user = 0;
  CHECK(platform::is_elevated(process));
  process.effective_user = 1000;
  process.effective_group = 0;
  CHECK(platform::is_elevated(process));
  process = {};
  process.secure = true;  // the same for root, whose permitted set is full
  process.permitted = ~std::uint64_t{0};
  CHECK_FALSE(platform::is_elevated(process));
}
