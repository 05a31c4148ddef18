// What packagers do to a plugin after it was built, and what must not pass.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "support/berth.hpp"
#include "support/requirements.hpp"

using namespace berth;
using test::Berth;
using test::run_command;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

const std::string kSdk = BERTH_SOURCE_DIRECTORY "/sdk";

struct Build {
  std::string name;
  std::vector<std::string> command;
};

std::vector<Build> builds() {
  const std::vector<std::string> rest{"-shared", "-fPIC", "-I", kSdk + "/include"};
  std::vector<Build> all{{"g++", {"g++", "-std=c++17"}},
                         {"g++ optimized", {"g++", "-std=c++17", "-O2", "-flto", "-s"}},
                         {"gcc", {"gcc", "-std=c99"}}};
  if (test::require_machine(run_command({"clang++", "--version"}).status == 0, "clang++"))
    all.push_back({"clang++", {"clang++", "-std=c++17", "-O2", "-fmerge-all-constants"}});
  for (auto& build : all) {
    build.command.insert(build.command.end(), rest.begin(), rest.end());
    build.command.push_back(
        kSdk + (build.name == "gcc" ? "/examples/plain_c/plain.c" : "/examples/acme/acme.cpp"));
  }
  return all;
}

std::string build(const TempDir& directory, const Build& how) {
  const std::string path = directory / "flavors/built.so";
  fs::create_directories(fs::path(path).parent_path());
  ::chmod((directory / "flavors").c_str(), 0755);
  auto command = how.command;
  command.insert(command.end(), {"-o", path});
  const auto ran = run_command(command);
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  ::chmod(path.c_str(), 0755);
  return path;
}

// Runs the plugin: its status and what it reports.
test::CommandResult check(const TempDir& directory, const std::string& flavor) {
  const Berth berth;
  test::CommandOptions options;
  options.environment = {{"BERTH_FLAVOR_PATH", directory / "flavors"}};
  return berth.run({"check", "--offline", "--flavor", flavor, "registry.example/app:1"}, options);
}

std::string flavor_of(const Build& how) { return how.name == "gcc" ? "plain" : "acme"; }

bool runs(const TempDir& directory, const Build& how) {
  const auto checked = check(directory, flavor_of(how));
  // acme rejects the name: it ran.
  return how.name == "gcc"
             ? checked.status == 0
             : checked.status == 3 && checked.err.find("acme.repository") != std::string::npos;
}

}  // namespace

TEST_CASE("packaging: a plugin works after patchelf has moved its note") {
  if (!test::require_machine(run_command({"patchelf", "--version"}).status == 0, "patchelf"))
    return;
  const std::vector<std::vector<std::string>> changes{
      {"--set-rpath", "/opt/a/rather/long/path/lib"},
      {"--set-soname", "a-rather-long-name-of-a-plugin.so.1"},
      {"--add-needed", "libm.so.6"},
      {"--no-default-lib"},
      {"--remove-rpath"}};
  for (const auto& how : builds()) {
    const TempDir directory;
    const auto path = build(directory, how);
    const auto built = test::slurp(path);
    for (const auto& change : changes) {
      directory.write("flavors/built.so", built);
      std::vector<std::string> command{"patchelf"};
      command.insert(command.end(), change.begin(), change.end());
      command.push_back(path);
      const auto ran = run_command(command);
      REQUIRE_MESSAGE(ran.status == 0, ran.err);
      CHECK_MESSAGE(runs(directory, how), how.name << ", patchelf " << change[0]);
    }
  }
}

TEST_CASE("packaging: files that the loader would refuse are recognised before they are loaded") {
  const TempDir directory;
  const Berth berth;
  const std::vector<Build> all = builds();
  const auto path = build(directory, all[0]);
  const auto why = [&] { return berth.run({"flavor", "why", path}).out; };
  const auto compile = [&](const std::vector<std::string>& extra, const std::string& source) {
    std::vector<std::string> command{"g++", "-std=c++17", "-fPIC", "-I", kSdk + "/include"};
    command.insert(command.end(), extra.begin(), extra.end());
    command.insert(command.end(), {source, "-o", path});
    const auto ran = run_command(command);
    REQUIRE_MESSAGE(ran.status == 0, ran.err);
  };
  for (const char* style : {"gnu", "sysv"}) {
    compile({"-shared", std::string("-Wl,--hash-style=") + style},
            kSdk + "/examples/acme/acme.cpp");
    CHECK_MESSAGE(why().find("flavor.not-on-path") != std::string::npos, style);
    directory.write("hide.map", "{ local: *; };");
    compile({"-shared", std::string("-Wl,--hash-style=") + style,
             "-Wl,--version-script=" + (directory / "hide.map")},
            kSdk + "/examples/acme/acme.cpp");
    CHECK_MESSAGE(why().find("plugin.no-symbol") != std::string::npos, style << why());
  }
  directory.write("main.cpp", "#include \"" + kSdk + "/examples/acme/acme.cpp\"\nint main() {}\n");
  compile({"-pie"}, directory / "main.cpp");
  CHECK(why().find("it is a program (PIE)") != std::string::npos);
}

TEST_CASE("packaging: mistakes of authors do not compile") {
  const TempDir directory;
  struct Mistake {
    std::string members;
    std::string option;
    std::string message;
  };
  const std::string version = "static constexpr char VERSION[] = \"1\";";
  const Mistake mistakes[] = {
      {version, "-fsyntax-only", ""},
      {"", "-fsyntax-only", "VERSION"},
      {version + "static constexpr const char* PERMISSION[] = {\"env:A\"};", "-fsyntax-only",
       "did you mean PERMISSIONS"},
      {version + "private: static constexpr const char* CLAIMS[] = {\"a.example\"};",
       "-fsyntax-only", "CLAIMS is not public"},
      {version + "static constexpr const char* CLAIMS[] = {\"A.example\"};", "-fsyntax-only",
       "a claim is"},
      {version + "static constexpr const char* PERMISSIONS[] = {\"files:/a\"};", "-fsyntax-only",
       "a permission starts with"},
      {version + "static constexpr const berth::FindingKind* FINDINGS[] = {&kOther};",
       "-fsyntax-only", "a finding has a code"},
      {version, "-fno-exceptions", "requires exceptions"},
      {version, "-std=c++14", "requires C++17"}};
  for (const auto& mistake : mistakes) {
    const auto source =
        directory.write("acme.cpp",
                        "#include <berth/container_registry.hpp>\nnamespace {\n"
                        "[[maybe_unused]] constexpr berth::FindingKind kOther{\"other.a\", "
                        "berth::error, \"It is.\"};\n"
                        "class Acme : public berth::BaseContainerRegistry {\n public:\n"
                        "  static constexpr char FLAVOR[] = \"acme\";\n" +
                            mistake.members + "};\n}\nBERTH_PLUGIN(Acme)\n");
    const auto ran = run_command(
        {"g++", "-std=c++17", "-fsyntax-only", mistake.option, "-I", kSdk + "/include", source});
    CHECK_MESSAGE((ran.status == 0) == mistake.message.empty(), mistake.members);
    CHECK_MESSAGE(ran.err.find(mistake.message) != std::string::npos, ran.err);
  }
  const auto packed = run_command({"gcc", "-std=c99", "-fpack-struct", "-fsyntax-only", "-I",
                                   kSdk + "/include", kSdk + "/examples/plain_c/plain.c"});
  CHECK(packed.status != 0);
  CHECK(packed.err.find("has_its_layout") != std::string::npos);
}

TEST_CASE("packaging: abi.h has its layout on other platforms") {
  if (!test::require_machine(run_command({"clang", "--version"}).status == 0, "clang")) return;
  const TempDir directory;
  const auto source = directory.write("abi.c", "#include <berth/abi.h>\n");
  for (const char* target :
       {"x86_64-linux-gnu", "aarch64-linux-gnu", "i386-linux-gnu", "armv7-linux-gnueabihf",
        "powerpc64-linux-gnu", "riscv32-linux-gnu", "x86_64-w64-mingw32", "i686-w64-mingw32",
        "x86_64-pc-windows-msvc", "arm64-apple-macos11"}) {
    const auto ran = run_command({"clang", std::string("--target=") + target, "-ffreestanding",
                                  "-fsyntax-only", "-std=c99", "-Wall", "-Wextra", "-Wpedantic",
                                  "-Werror", "-I", kSdk + "/include", source});
    CHECK_MESSAGE(ran.status == 0, target << ": " << ran.err);
  }
}

TEST_CASE("packaging: metadata that were changed in the file after the build are refused") {
  for (const auto& how : builds()) {
    CAPTURE(how.name);
    const TempDir directory;
    const auto path = build(directory, how);
    CHECK(runs(directory, how));
    auto bytes = test::slurp(path);
    // The version in the note, which is the copy behind the note's owner.
    const auto owner = bytes.find(std::string("berth\0", 6));
    REQUIRE(owner != std::string::npos);
    const std::string version = how.name == "gcc" ? "1.0.0" : "1.2.0";
    const auto at = bytes.find(version, owner);
    REQUIRE(at != std::string::npos);
    bytes[at] = '9';
    directory.write("flavors/built.so", bytes);
    const auto checked = check(directory, flavor_of(how));
    CHECK_MESSAGE(checked.status == 13, checked.err);
    CHECK(checked.err.find("differs once it is loaded") != std::string::npos);
  }
}
