// The SDK as a plugin author uses it: by hand, with CMake against the installed tree, in C; and the
// linked note.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <cstring>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::run_command;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

const std::string kSdk = BERTH_SOURCE_DIRECTORY "/sdk";
const std::string kAcme = kSdk + "/examples/acme/acme.cpp";

void must(const std::vector<std::string>& argv, const test::CommandOptions& options = {}) {
  const auto ran = run_command(argv, options);
  REQUIRE_MESSAGE(ran.status == 0, argv[0] << ": " << ran.out << ran.err);
}

// A directory that is writable only by its owner.
std::string plugin_directory(const TempDir& directory) {
  const std::string path = directory / "flavors";
  fs::create_directory(path);
  ::chmod(path.c_str(), 0755);
  return path;
}

test::CommandOptions searching(const std::string& path) {
  test::CommandOptions options;
  options.environment = {{"BERTH_FLAVOR_PATH", path}};
  return options;
}

bool is_found(const Berth& berth, const TempDir& directory, const std::string& name) {
  return berth.run({"flavor", "list"}, searching(directory / "flavors"))
             .out.find("/" + name + ".so") != std::string::npos;
}

// The defined dynamic symbols, separated by blanks.
std::string exported(const std::string& plugin) {
  std::string names;
  std::istringstream lines(run_command({"nm", "-D", "--defined-only", plugin}).out);
  for (std::string address, kind, name; lines >> address >> kind >> name;) names += name + " ";
  return names;
}

}  // namespace

TEST_CASE(
    "sdk: the documented command compiles a plugin that rejects one push and allows another") {
  const TempDir directory;
  const Berth berth;
  const auto flavors = plugin_directory(directory);
  must({"g++", "-std=c++17", "-shared", "-fPIC", "-I", kSdk + "/include", kAcme, "-o",
        flavors + "/acme.so"});
  test::write_layout(directory, "img", "1", {"one"});
  test::ScriptedServer server(std::vector<test::Scripted>{});
  auto options = searching(flavors);
  const auto registered = berth.run(
      {"registry", "register", "watched", "--flavor", "acme", "--uri", server.host()}, options);
  REQUIRE_MESSAGE(registered.status == 0, registered.err);
  const auto stopped = berth.run({"push", "oci:" + (directory / "img"), "watched/app:1"}, options);
  CHECK(stopped.status == 3);
  CHECK(stopped.err.find("acme.repository") != std::string::npos);
  CHECK(stopped.err.find("rename it to team-app") != std::string::npos);
  CHECK(server.received().empty());

  const test::RealRegistry registry;
  must({test::berth_program(), "--config-dir", berth.home() / "config/berth", "--flavor-path",
        flavors, "registry", "register", "prod", "--flavor", "acme", "--uri", registry.host()});
  CHECK(berth.run({"push", "oci:" + (directory / "img"), "prod/app:1"}, options).status == 3);
  CHECK(registry.digest_seen_by_skopeo("app:1").empty());
  const auto pushed = berth.run({"push", "oci:" + (directory / "img"), "prod/team-app:1"}, options);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK_FALSE(registry.digest_seen_by_skopeo("team-app:1").empty());

  // The note survives common post-processing of a file.
  must({"strip", flavors + "/acme.so"});
  CHECK(is_found(berth, directory, "acme"));
  auto bytes = test::slurp(flavors + "/acme.so");
  std::memset(bytes.data() + 0x28, 0, 8);  // e_shoff
  std::memset(bytes.data() + 0x3c, 0, 4);  // e_shnum, e_shstrndx
  directory.write("flavors/acme.so", bytes);
  CHECK(is_found(berth, directory, "acme"));
  CHECK(berth.run({"check", "--offline", "prod/team-app:1"}, options).status == 0);
}

TEST_CASE("sdk: the ELF note survives LTO; GCC and Clang compile the header without warnings") {
  const TempDir directory;
  const Berth berth;
  const auto flavors = plugin_directory(directory);
  for (const std::string compiler : {"g++", "clang++"}) {
    if (!test::require_machine(run_command({compiler, "--version"}).status == 0, compiler))
      continue;
    const auto plugin = flavors + "/" + compiler + ".so";
    std::vector<std::string> line{compiler,
                                  "-std=c++17",
                                  "-Wall",
                                  "-Wextra",
                                  "-Wpedantic",
                                  "-Wconversion",
                                  "-Werror",
                                  "-O2",
                                  "-shared",
                                  "-fPIC",
                                  "-ffunction-sections",
                                  "-Wl,--gc-sections",
                                  "-s",
                                  "-I",
                                  kSdk + "/include",
                                  kAcme,
                                  "-o",
                                  plugin};
    if (compiler == "g++") line.insert(line.end(), {"-flto"});
    must(line);
    CHECK(berth.run({"flavor", "why", plugin}, searching(flavors)).out.find("flavor acme") !=
          std::string::npos);
    fs::remove(plugin);
  }
}

TEST_CASE("sdk: abi.h compiles as C99 and C11, and a plugin written in C works") {
  const TempDir directory;
  const Berth berth;
  const auto flavors = plugin_directory(directory);
  const std::string plain = kSdk + "/examples/plain_c/plain.c";
  for (const std::string compiler : {"gcc", "clang"}) {
    if (!test::require_machine(run_command({compiler, "--version"}).status == 0, compiler))
      continue;
    for (const std::string standard : {"-std=c99", "-std=c11"})
      must({compiler, standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
            "-I", kSdk + "/include", plain, "-o", flavors + "/plain.so"});
  }
  test::write_layout(directory, "img", "1", {"one"});
  const test::RealRegistry registry;
  const auto latest = berth.run(
      {"push", "oci:" + (directory / "img"), "--flavor", "plain", registry.host() + "/app:latest"},
      searching(flavors));
  CHECK_MESSAGE(latest.status == 0, latest.err);
  CHECK(latest.err.find("plain.latest") != std::string::npos);
}

TEST_CASE("sdk: the installed tree builds an out-of-tree plugin that exports one symbol") {
  const TempDir directory;
  const Berth berth;
  must({"cmake", "--install", BERTH_BUILD_DIRECTORY, "--prefix", directory / "prefix"});
  directory.write("acme/acme.cpp", test::slurp(kAcme));
  directory.write("acme/CMakeLists.txt",
                  "cmake_minimum_required(VERSION 3.25)\nproject(acme LANGUAGES "
                  "CXX)\nfind_package(berth-sdk 0.1 REQUIRED)\n"
                  "berth_add_flavor(acme acme.cpp)\nberth_add_flavor(same SOURCES acme.cpp)\n");
  must({"cmake", "-S", directory / "acme", "-B", directory / "flavors", "-G", "Ninja",
        "-DCMAKE_PREFIX_PATH=" + (directory / "prefix"), "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON"});
  must({"cmake", "--build", directory / "flavors"});
  ::chmod((directory / "flavors").c_str(), 0755);
  CHECK(exported(directory / "flavors/acme.so") == "berth_plugin_0 ");
  CHECK(exported(directory / "flavors/same.so") == "berth_plugin_0 ");
  CHECK(is_found(berth, directory, "acme"));

  const std::string installed = directory / "prefix/share/doc/berth-sdk/examples/artifactory";
  must({"cmake", "-S", installed, "-B", directory / "built", "-G", "Ninja",
        "-DCMAKE_PREFIX_PATH=" + (directory / "prefix"), "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic"});
  must({"cmake", "--build", directory / "built"});
  must({test::berth_program(), "--config-dir", berth.home() / "config/berth", "flavor", "register",
        directory / "built/artifactory.so", "--yes"});
  CHECK(berth.run({"explain", "artifactory.tag-taken"}).out.find("Delete/Overwrite") !=
        std::string::npos);

  test::CommandOptions options;
  options.environment = {{"PKG_CONFIG_PATH", directory / "prefix/share/pkgconfig"}};
  const auto flags = run_command({"pkg-config", "--cflags", "berth-sdk"}, options);
  REQUIRE_MESSAGE(flags.status == 0, flags.err);
  const auto include = flags.out.substr(0, flags.out.find_last_not_of(" \n") + 1);
  must({"g++", "-std=c++17", "-fsyntax-only", include, kAcme});
}

TEST_CASE("sdk: each shipped flavor exports exactly one symbol") {
  for (const char* flavor : {"default", "layout"})
    CHECK(exported(BERTH_BUILD_DIRECTORY "/lib/berth/flavors/" + std::string(flavor) + ".so") ==
          "berth_plugin_0 ");
}
