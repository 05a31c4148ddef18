// Files that other users can write, and pipes, devices and directories in place of files.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>

#include "base/file_trust.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

constexpr uid_t kOther = 4711;

std::string error_code(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "the output");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "no error";
}

constexpr const char* kState =
    R"({"version":1,"active":"","container_registries":[{"name":"a","flavor":"default","uri":"localhost:1"}]})";

std::string write_state(const Berth& berth) {
  return berth.home().write("config/berth/registries.json", kState);
}

test::CommandResult list(const Berth& berth) {
  return berth.run({"registry", "list", "-o", "json"});
}

bool warns_of(const test::CommandResult& result, const std::string& path) {
  return result.err.find("berth: warning: " + path + " is ") != std::string::npos;
}

// A registry that requires credentials, so that berth searches for them.
test::Handler private_registry() {
  return [](const test::Received&) {
    return test::Scripted{test::http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  };
}

void make_socket(const std::string& path) {
  const platform::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

struct Kind {
  const char* name;
  std::function<void(const std::string&)> make;
};

const Kind kKinds[] = {
    {"pipe", [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
    {"link to a pipe",
     [](const std::string& path) {
       REQUIRE(::mkfifo((path + ".pipe").c_str(), 0600) == 0);
       REQUIRE(::symlink((path + ".pipe").c_str(), path.c_str()) == 0);
     }},
    {"endless device",
     [](const std::string& path) { REQUIRE(::symlink("/dev/zero", path.c_str()) == 0); }},
    {"directory", [](const std::string& path) { REQUIRE(::mkdir(path.c_str(), 0700) == 0); }},
    {"socket", make_socket},
};

struct Place {
  std::string file;  // below the home
  std::vector<std::string> command;
  std::vector<int> statuses;  // that are correct
  Variables environment = {};
};

}  // namespace

TEST_CASE(
    "foreign files: directories, pipes and devices do not block, wherever berth reads a file") {
  test::ScriptedServer registry(private_registry());
  const auto reference = "127.0.0.1:" + std::to_string(registry.port()) + "/app:1";
  const std::vector<std::string> check{"check", reference};
  // The port is closed; certificates are read before the connection.
  const std::vector<std::string> secure{"check", "127.0.0.1:1/app:1", "--flavor", "default",
                                        "--set", "tls=true"};
  const std::vector<std::string> daemon{"push", "docker-daemon:app:1", reference};
  const Place places[] = {
      {"config/berth/registries.json", {"registry", "list"}, {11}},
      {"config/berth/registries.json",
       {"registry", "register", "x", "--flavor", "default", "--uri", "r.io"},
       {11}},
      {"config/berth/registries.lock",
       {"registry", "register", "x", "--flavor", "default", "--uri", "r.io"},
       {0, 11}},
      {"docker/config.json", check, {4}},
      {"docker/config.json", {"logout", "r.io"}, {4}},
      {"docker/config.json.berth-lock", {"logout", "r.io"}, {6, 11}},
      {"run/containers/auth.json", check, {4}},
      {"config/containers/auth.json", check, {4}},
      {"auth.json", check, {4}, {{"REGISTRY_AUTH_FILE", "HOME/auth.json"}}},
      {".dockercfg", check, {4}},
      {"config/containers/registries.conf", check, {11}, {{"BERTH_REGISTRIES_CONF", ""}}},
      {"config/containers/registries.conf.d/1.conf",
       check,
       {4, 11},
       {{"BERTH_REGISTRIES_CONF", ""}}},
      {"config/containers/certs.d/127.0.0.1:1/ca.crt", secure, {7}},
      {"config/docker/certs.d/127.0.0.1:1/client.cert", secure, {7}},
      {"ca.pem", secure, {7}, {{"SSL_CERT_FILE", "HOME/ca.pem"}}},
      {"certificates/ca.pem", secure, {7}, {{"SSL_CERT_DIR", "HOME/certificates"}}},
      {"docker/config.json", daemon, {2, 6, 7}, {{"DOCKER_HOST", ""}}},
      {"docker/contexts/meta/ae7cb12e3f3cb0b5f5e5dfbd6c0e2f4e/meta.json",
       daemon,
       {2, 6, 7},
       {{"DOCKER_HOST", ""}}},
      {"layout/index.json", {"push", "oci:HOME/layout", reference}, {4, 6, 10, 11}},
      {"layout/oci-layout", {"push", "oci:HOME/layout", reference}, {4, 6, 10, 11}},
      {"flavors/a.so", {"flavor", "list", "--flavor-path", "HOME/flavors"}, {0}},
      {"a.so", {"flavor", "register", "--yes", "HOME/a.so"}, {6, 11, 13}},
      {"credentials",
       {"registry", "register", "x", "--flavor", "default", "--uri", "r.io", "--set",
        "ca-file=HOME/credentials"},
       {2}},
  };
  for (const auto& place : places)
    for (const auto& kind : kKinds) {
      CAPTURE(place.file);
      CAPTURE(place.command);
      CAPTURE(kind.name);
      const Berth berth;
      const auto home = berth.home().path();
      const auto here = [&](std::string text) {
        if (const auto at = text.find("HOME"); at != std::string::npos) text.replace(at, 4, home);
        return text;
      };
      const auto file = berth.home() / place.file;
      if (place.file.starts_with("layout/")) test::write_layout(berth.home(), "layout", "1", {"x"});
      boost::filesystem::create_directories(boost::filesystem::path(file).parent_path());
      boost::filesystem::remove_all(file);
      if (place.file.ends_with("/client.cert"))
        berth.home().write("config/docker/certs.d/127.0.0.1:1/client.key", "key");
      kind.make(file);
      std::vector<std::string> command;
      for (const auto& argument : place.command) command.push_back(here(argument));
      test::CommandOptions options;
      options.environment = {{"SSL_CERT_FILE", ""}, {"SSL_CERT_DIR", ""}};
      for (const auto& [name, value] : place.environment)
        options.environment.emplace_back(name, here(value));
      options.limit = std::chrono::seconds(30);
      const auto result = berth.run(command, options);
      CHECK_FALSE(result.timed_out);
      CHECK_MESSAGE(std::count(place.statuses.begin(), place.statuses.end(), result.status) == 1,
                    result.err);
    }
}

TEST_CASE("foreign files: a pipe that a user names is read") {
  const Berth berth;
  auto variables = berth.environment();
  const auto run = [&](const std::string& script) {
    test::CommandOptions options;
    options.environment = variables;
    options.directory = berth.home().path();
    options.limit = std::chrono::seconds(30);
    return test::run_command({"bash", "-c", script}, options);
  };
  const auto berth_program = "'" + test::berth_program() + "'";
  const auto set =
      run(berth_program +
          " registry register x --flavor default --uri r.io --set username=@<(echo me)");
  CHECK_MESSAGE(set.status == 0, set.err);
  CHECK(berth.registries_json().find("\"me\"") != std::string::npos);
  const auto named =
      run("mkfifo p; (echo you > p) & " + berth_program + " registry update x --set username=@p");
  CHECK_MESSAGE(named.status == 0, named.err);
  CHECK(berth.registries_json().find("\"you\"") != std::string::npos);
  const auto conf =
      run("BERTH_REGISTRIES_CONF=<(printf '[[registry]]\\nprefix = \"r.io\"\\nlocation = "
          "\"r.io\"\\nblocked = true\\n') " +
          berth_program + " check r.io/app -o json");
  CHECK(error_code(conf) == "registries-conf.blocked");
  berth.home().write("a.tar", test::docker_archive({test::tar_of({{"f", "x"}})}).tar());
  const auto archive =
      run(berth_program + " registry register shelf --flavor layout --uri oci:$PWD/shelf && " +
          berth_program + " push docker-archive:<(cat a.tar) shelf/app:1");
  CHECK_MESSAGE(archive.status == 0, archive.err);
  const auto empty =
      run("mkfifo q; " + berth_program + " registry update x --set username=@q -o json");
  CHECK(error_code(empty) == "setting.file");
  CHECK(empty.out.find("no program writes to the pipe") != std::string::npos);
}

TEST_CASE(
    "foreign files: a world-writable registries.json, or one in a world-writable directory, is "
    "refused") {
  const Berth berth;
  const auto file = write_state(berth);
  CHECK(list(berth).status == 0);
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  CHECK(error_code(list(berth)) == "store.writable-by-others");
  CHECK(error_code(berth.run({"registry", "delete", "a", "-o", "json"})) ==
        "store.writable-by-others");
  CHECK(error_code(berth.run({"check", "--offline", "localhost:1/app", "-o", "json"})) ==
        "store.writable-by-others");
  // An explicit directory is the user's choice.
  const auto directory = berth.home() / "config/berth";
  const auto named = berth.run({"registry", "list", "--config-dir", directory});
  CHECK(named.status == 0);
  CHECK(warns_of(named, file));

  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  REQUIRE(::chmod(directory.c_str(), 0777) == 0);
  CHECK(error_code(list(berth)) == "store.writable-by-others");
  REQUIRE(::chmod(directory.c_str(), 01777) == 0);
  CHECK(list(berth).status == 0);
  CHECK_FALSE(warns_of(list(berth), file));
}

TEST_CASE("foreign files: the target of a link is checked, also if it could be replaced") {
  const Berth berth;
  const auto directory = berth.home() / "config/berth";
  boost::filesystem::create_directories(directory);
  const auto target = berth.home().write("shared/registries.json", kState);
  REQUIRE(::symlink(target.c_str(), (directory + "/registries.json").c_str()) == 0);
  CHECK(list(berth).status == 0);
  REQUIRE(::chmod((berth.home() / "shared").c_str(), 0777) == 0);
  CHECK(error_code(list(berth)) == "store.writable-by-others");
  REQUIRE(::chmod((berth.home() / "shared").c_str(), 0755) == 0);
  REQUIRE(::chmod(target.c_str(), 0606) == 0);
  CHECK(error_code(list(berth)) == "store.writable-by-others");
}

TEST_CASE("foreign files: world-writable files of other tools are used with a warning") {
  const Berth berth;
  test::ScriptedServer registry(private_registry());
  const auto reference = "127.0.0.1:" + std::to_string(registry.port()) + "/app:1";
  for (const char* name :
       {"docker/config.json", "config/containers/auth.json", "run/containers/auth.json"}) {
    CAPTURE(name);
    const auto file = berth.home().write(name, "{}");
    CHECK_FALSE(warns_of(berth.run({"check", reference}), file));
    REQUIRE(::chmod(file.c_str(), 0666) == 0);
    const auto result = berth.run({"check", reference});
    CHECK(result.status == 4);
    CHECK_MESSAGE(warns_of(result, file), result.err);
    REQUIRE(::chmod(file.c_str(), 0644) == 0);
  }
  test::CommandOptions options;
  options.environment = {{"BERTH_REGISTRIES_CONF", ""}};
  const auto conf = berth.home().write("config/containers/registries.conf", "");
  REQUIRE(::chmod(conf.c_str(), 0666) == 0);
  CHECK(warns_of(berth.run({"check", reference}, options), conf));
  const auto ca = berth.home().write(
      "config/containers/certs.d/127.0.0.1:" + std::to_string(registry.port()) + "/ca.crt",
      "no certificate");
  REQUIRE(::chmod(ca.c_str(), 0666) == 0);
  CHECK(warns_of(berth.run({"check", reference}), ca));
}

TEST_CASE("foreign files: classifies owners and modes") {
  using Problem = base::FileTrust::Problem;
  struct stat status {};
  status.st_uid = ::geteuid();
  status.st_gid = 4712;
  status.st_mode = S_IFREG | 0644;
  CHECK_FALSE(base::distrust(status));
  status.st_mode = S_IFREG | 0664;
  CHECK(base::distrust(status)->problem == Problem::writable_by_group);
  status.st_mode = S_IFREG | 0606;
  CHECK(base::distrust(status)->problem == Problem::writable_by_all);
  CHECK(base::distrust(status)->cause == "its mode is 0606");
  status.st_mode = S_IFDIR | 01777;
  CHECK_FALSE(base::distrust(status));
  status.st_mode = S_IFREG | 0600;
  status.st_uid = kOther;
  CHECK(base::distrust(status)->problem == Problem::foreign_owner);
  CHECK(base::distrust(status)->cause == "it is owned by user 4711");
  status.st_uid = 0;
  CHECK_FALSE(base::distrust(status));
}
