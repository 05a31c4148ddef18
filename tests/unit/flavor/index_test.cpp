// Which file is used for a name or a host, and why the others are not.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flavor/index.hpp"
#include "flavor/plugin_file.hpp"
#include "flavor/sealed_copy.hpp"
#include "support/images.hpp"
#include "support/requirements.hpp"
#include "support/temp_dir.hpp"
#include "unit/platform/linux/small_elf.hpp"

using namespace berth;
using namespace berth::test;
using flavor::FlavorIndex;
using flavor::SearchDirectory;

namespace {

// A directory that is writable only by its owner, as required for unregistered files.
std::string put(const TempDir& directory, const std::string& name, const std::string& bytes) {
  const auto path = directory.write(name, bytes);
  ::chmod(path.c_str(), 0644);
  ::chmod(path.substr(0, path.rfind('/')).c_str(), 0755);
  return path;
}

SearchDirectory user(const TempDir& directory, const std::string& name = "user") {
  return {directory / name, "XDG_DATA_HOME", false};
}

std::string code_of(const FlavorIndex& index, const std::string& path) {
  for (const auto& candidate : index.candidates())
    if (candidate.path == path) return candidate.in_use() ? "in use" : candidate.code;
  return "not seen";
}

std::string hex_of(const std::string& bytes) { return sha256(bytes).substr(7); }

std::string claim(const std::string& pattern) { return entry(BERTH_NOTE_CLAIM, pattern); }

}  // namespace

TEST_CASE("index: the first file of a name wins, later ones are listed as shadowed") {
  const TempDir directory;
  const auto first = put(directory, "a/acme.so", small_plugin("acme"));
  const auto second = put(directory, "b/acme.so", small_plugin("acme"));
  put(directory, "b/readme.txt", "no plugin");
  const auto index = FlavorIndex::discover(
      {{directory / "a", "--flavor-path", false}, {directory / "b", "BERTH_FLAVOR_PATH", false}},
      {});
  CHECK(index.find("acme").value()->path == first);
  CHECK(code_of(index, second) == "flavor.shadowed");
  CHECK(index.candidates().size() == 2);
  CHECK(index.find("acne").error().code() == "flavor.unknown");
  CHECK(index.find("acne").error().fix() == "did you mean acme?");
  CHECK(index.find("./acme.so").error().fix() ==
        "register the file, then use its flavor's name: berth flavor register ./acme.so");
}

TEST_CASE(
    "index: searches options, variable, registered files, user and installed directories in "
    "order") {
  const TempDir directory;
  std::vector<std::string> order{"option", "variable", "pinned", "user", "installed"};
  for (const auto& name : order)
    put(directory, name + "/" + name + ".so", small_plugin("acme", claim(name + ".example")));
  const auto pinned = directory / "pinned/pinned.so";
  while (!order.empty()) {
    const auto search = flavor::search_directorys({}, nullptr, "", "");
    std::vector<SearchDirectory> directorys{{directory / "option", "--flavor-path", false},
                                            {directory / "variable", "BERTH_FLAVOR_PATH", false},
                                            user(directory),
                                            {directory / "installed", "installed", true}};
    const auto index =
        FlavorIndex::discover(directorys, {{pinned, hex_of(slurp(pinned)), {}, "acme"}});
    CHECK(search.empty());
    // Unregistered files may not use an installed flavor's name: those are skipped here.
    if (order.size() > 1 && order.front() != "pinned") {
      CHECK(code_of(index, directory / (order.front() + "/" + order.front() + ".so")) ==
            "flavor.reserved-name");
    } else {
      CHECK(index.find("acme").value()->path ==
            directory / (order.front() + "/" + order.front() + ".so"));
    }
    boost::filesystem::remove_all(directory / order.front());
    order.erase(order.begin());
  }
}

TEST_CASE("index: refuses a registered file that changed, is missing or is not a plugin any more") {
  const TempDir directory;
  const auto bytes = small_plugin("acme", entry(BERTH_NOTE_PERMISSION, "env:TOKEN"));
  const auto path = put(directory, "user/release-1.2.so", bytes);
  const flavor::Pin pin{path, hex_of(bytes), {"env:TOKEN"}, "acme"};
  const auto find = [&] { return FlavorIndex::discover({user(directory)}, {pin}).find("acme"); };
  CHECK(FlavorIndex::discover({}, {pin}).find("acme"));
  ::chmod(path.c_str(), 0666);  // its bytes are pinned, so ownership is not checked
  {
    const auto index = FlavorIndex::discover({user(directory)}, {pin});
    CHECK(index.find("acme").value()->origin == flavor::Origin::registered);
    CHECK(index.candidates().size() == 1);
  }
  directory.write("user/release-1.2.so", small_plugin("acme"));
  CHECK(find().error().code() == "flavor.changed");
  CHECK(find().error().error_class() == base::ErrorClass::trust);
  CHECK(find().error().fix() == "berth flavor register " + path);
  directory.write("user/release-1.2.so", "garbage");
  CHECK(find().error().code() == "flavor.changed");
  boost::filesystem::remove(path);
  CHECK_FALSE(find());
  CHECK(find().error().code() != "flavor.unknown");
}

TEST_CASE("index: requires unregistered files to be owned and writable only by the user or root") {
  const TempDir directory;
  const auto path = put(directory, "user/acme.so", small_plugin("acme"));
  const auto code = [&] { return code_of(FlavorIndex::discover({user(directory)}, {}), path); };
  const auto parent = directory / "user";
  CHECK(code() == "in use");
  struct Mode {
    mode_t file, directory;
    const char* code;
  };
  for (const Mode& mode :
       {Mode{0664, 0755, "in use"}, Mode{0666, 0755, "flavor.writable-by-others"},
        Mode{0644, 0777, "flavor.writable-by-others"}, Mode{0644, 01777, "in use"},
        Mode{0644, 0775, "in use"}, Mode{0600, 0700, "in use"}}) {
    ::chmod(path.c_str(), mode.file);
    ::chmod(parent.c_str(), mode.directory);
    CHECK_MESSAGE(code() == mode.code, std::to_string(mode.file) << " in " << mode.directory);
  }
  if (!require_machine(is_root(), "root, to give files away")) return;
  CHECK(::chown(path.c_str(), 12345, 12345) == 0);
  CHECK(code() == "flavor.foreign-owner");
  CHECK(::chown(path.c_str(), 0, 12345) == 0);
  ::chmod(path.c_str(), 0664);
  CHECK(code() == "flavor.writable-by-others");
  ::chmod(path.c_str(), 0644);
  CHECK(::chown(parent.c_str(), 12345, 12345) == 0);
  CHECK(code() == "flavor.foreign-owner");
}

TEST_CASE("index: checks the directory that a symbolic link points to") {
  const TempDir directory;
  const auto real = put(directory, "open/real.so", small_plugin("acme"));
  put(directory, "user/other.txt", "");
  boost::filesystem::create_symlink(real, directory / "user/acme.so");
  const auto code = [&] {
    return code_of(FlavorIndex::discover({user(directory)}, {}), directory / "user/acme.so");
  };
  CHECK(code() == "in use");
  ::chmod((directory / "open").c_str(), 0777);
  CHECK(code() == "flavor.writable-by-others");
}

TEST_CASE("index: rejects other files with a reason and without blocking") {
  const TempDir directory;
  put(directory, "user/text.so",
      "this is a text and no shared object at all, but it is long enough to be read");
  put(directory, "user/empty.so", "");
  REQUIRE(::mkfifo((directory / "user/fifo.so").c_str(), 0600) == 0);
  boost::filesystem::create_directory(directory / "user/directory.so");
  boost::filesystem::create_symlink("nowhere", directory / "user/dangling.so");
  boost::filesystem::create_symlink("/dev/zero", directory / "user/device.so");
  const auto sparse = put(directory, "user/sparse.so", small_plugin("huge"));
  REQUIRE(::truncate(sparse.c_str(), off_t{8} << 30U) == 0);
  put(directory, "user/old.so",
      SmallElf(note_of(kOwner, 1, metadata_note("old", "", 7, 3))).bytes());
  put(directory, "user/release-2.so",
      SmallElf(note_of(kOwner, 1, metadata_note("later", "", 7, 0))).bytes());
  const auto index = FlavorIndex::discover({user(directory)}, {});
  const auto code = [&](const std::string& name) {
    return code_of(index, directory / ("user/" + name));
  };
  CHECK(code("text.so") == "flavor.not-elf");
  CHECK(code("empty.so") == "flavor.not-elf");
  CHECK(code("fifo.so") == "flavor.not-regular");
  CHECK(code("directory.so") == "flavor.not-regular");
  CHECK(code("device.so") == "flavor.not-regular");
  CHECK(code("sparse.so") == "flavor.too-large");
  CHECK(code("dangling.so") != "in use");
  CHECK(code("dangling.so") != "not seen");
  CHECK(index.find("old").error().code() == "flavor.incompatible");
  CHECK(index.find("later").error().code() == "flavor.incompatible");  // its name, not the file's
  for (const auto& candidate : index.candidates()) CHECK_FALSE(candidate.reason.empty());
  CHECK(flavor::inspect_plugin(directory / "user/fifo.so").error().code() == "flavor.not-regular");
  CHECK(flavor::inspect_plugin(directory / "user/none.so").error().code() == "flavor.no-file");
  CHECK_FALSE(flavor::sealed_copy({.path = directory / "user/fifo.so"}));
}

TEST_CASE(
    "index: only a registered file may use a shipped flavor's name or claim, or have permissions") {
  const TempDir directory;
  const SearchDirectory installed{directory / "installed", "installed", true};
  put(directory, "installed/default.so",
      small_plugin("default", claim("*") + claim("*.shipped.example")));
  const auto name = put(directory, "user/default.so", small_plugin("default"));
  const auto claims =
      put(directory, "user/claims.so", small_plugin("claims", claim("*.shipped.example")));
  const auto asks = put(directory, "user/asks.so",
                        small_plugin("asks", entry(BERTH_NOTE_PERMISSION, "exec:helper")));
  const auto index = FlavorIndex::discover({user(directory), installed}, {});
  CHECK(code_of(index, name) == "flavor.reserved-name");
  CHECK(code_of(index, claims) == "flavor.reserved-claim");
  CHECK(code_of(index, asks) == "flavor.unregistered");
  CHECK(index.find("default").value()->origin == flavor::Origin::built_in);
  const auto refused = index.find("asks");
  CHECK(refused.error().error_class() == base::ErrorClass::trust);
  CHECK(refused.error().fix() == "berth flavor register " + asks);
  std::vector<flavor::Pin> pins;
  for (const auto& path : {name, claims, asks}) pins.push_back({path, hex_of(slurp(path)), {}, ""});
  const auto registered = FlavorIndex::discover({user(directory), installed}, pins);
  for (const auto& path : {name, claims, asks}) CHECK(code_of(registered, path) == "in use");
}

TEST_CASE("index: the most specific claim wins; the user resolves a tie") {
  const TempDir directory;
  put(directory, "user/any.so", small_plugin("any", claim("*")));
  put(directory, "user/wide.so", small_plugin("wide", claim("*.example")));
  put(directory, "user/narrow.so",
      small_plugin("narrow", claim("*.eu.example") + claim("*.ported.test:5000")));
  put(directory, "user/exact.so", small_plugin("exact", claim("a.eu.example")));
  put(directory, "user/port.so", small_plugin("port", claim("a.eu.example:5000")));
  put(directory, "user/tie1.so", small_plugin("tie1", claim("*.tie.test")));
  put(directory, "user/tie2.so", small_plugin("tie2", claim("*.tie.test")));
  const auto index = FlavorIndex::discover({user(directory)}, {});
  const auto chosen = [&](const std::string& host) {
    const auto found = index.claiming(host);
    return found ? (*found)->flavor() : found.error().code();
  };
  CHECK(chosen("a.eu.example:5000") == "port");
  CHECK(chosen("a.eu.example:5001") == "exact");
  CHECK(chosen("a.eu.example") == "exact");
  CHECK(chosen("b.eu.example") == "narrow");
  CHECK(chosen("b.eu.example:443") == "narrow");
  CHECK(chosen("x.ported.test:5000") == "narrow");
  CHECK(chosen("x.ported.test:5001") == "any");
  CHECK(chosen("eu.example") == "wide");
  CHECK(chosen("notexample") == "any");
  CHECK(chosen("example") == "any");
  CHECK(chosen("[::1]:5000") == "any");
  CHECK(chosen("x.tie.test") == "flavor.ambiguous");
  CHECK(FlavorIndex::discover({}, {}).claiming("a.example").error().code() == "flavor.unclaimed");
}

TEST_CASE(
    "index: claims of unregistered files apply only if no registered or shipped flavor claims the "
    "host") {
  const TempDir directory;
  const SearchDirectory installed{directory / "installed", "installed", true};
  put(directory, "installed/default.so", small_plugin("default", claim("*")));
  put(directory, "installed/cloud.so", small_plugin("cloud", claim("*.cloud.example")));
  const auto pinned =
      put(directory, "pinned/house.so", small_plugin("house", claim("house.example")));
  put(directory, "user/taker.so",
      small_plugin("taker",
                   claim("eu.cloud.example") + claim("house.example:443") + claim("new.example")));
  const auto index = FlavorIndex::discover({user(directory), installed},
                                           {{pinned, hex_of(slurp(pinned)), {}, "house"}});
  const auto chosen = [&](const std::string& host) { return (*index.claiming(host))->flavor(); };
  CHECK(chosen("eu.cloud.example") == "cloud");
  CHECK(chosen("house.example:443") == "house");
  CHECK(chosen("new.example") == "taker");
  CHECK(chosen("other.example") == "default");
}

TEST_CASE(
    "index: an unregistered file cannot use the name of a registered flavor, even of a changed "
    "one") {
  const TempDir directory;
  const auto pinned = put(directory, "pinned/house.so", small_plugin("house"));
  const auto taker = put(directory, "first/house.so", small_plugin("house"));
  const auto hash = hex_of(slurp(pinned));
  const std::vector<SearchDirectory> directorys{{directory / "first", "BERTH_FLAVOR_PATH", false}};
  const auto index = FlavorIndex::discover(directorys, {{pinned, hash, {}, "house"}});
  CHECK(index.find("house").value()->path == pinned);
  CHECK(code_of(index, taker) == "flavor.reserved-name");
  directory.write("pinned/house.so", small_plugin("house", claim("x.example")));
  const auto changed = FlavorIndex::discover(directorys, {{pinned, hash, {}, "house"}});
  CHECK(changed.find("house").error().error_class() == base::ErrorClass::trust);
}

TEST_CASE("index: ignores empty entries of the search path, which are not the current directory") {
  const auto paths = [](const std::string& variable, const std::string& data = "") {
    std::string all;
    for (const auto& directory : flavor::search_directorys({}, &variable, data, ""))
      all += directory.path + " ";
    return all;
  };
  CHECK(paths("") == "");
  CHECK(paths(":") == "");
  CHECK(paths("::/a::/b:") == "/a /b ");
  CHECK(paths("/a/../b/.") == "/b/. ");
  CHECK(paths("plugins") == boost::filesystem::current_path().string() + "/plugins ");
  CHECK(paths("", "/data") == "/data/berth/flavors ");
  CHECK(paths("", "data") == "");
  CHECK(flavor::search_directorys({""}, nullptr, "", "").empty());
}

TEST_CASE("index: a sealed copy has the verified bytes and is immutable") {
  const TempDir directory;
  const auto path = put(directory, "acme.so", small_plugin("acme"));
  const auto copy = flavor::sealed_copy({.path = path, .sha256 = hex_of(slurp(path))});
  REQUIRE(copy);
  CHECK(::pwrite(copy->get(), "x", 1, 0) < 0);
  CHECK(::ftruncate(copy->get(), 0) != 0);
  CHECK(flavor::hash_plugin_file(copy->get(), path).value() == hex_of(slurp(path)));
  CHECK(flavor::sealed_copy({.path = path, .sha256 = std::string(64, '0')}).error().code() ==
        "flavor.changed");
}

TEST_CASE("index: a file that was replaced or rewritten since it was examined is not used") {
  const TempDir directory;
  const auto path = put(directory, "user/acme.so", small_plugin("acme"));
  const auto index = FlavorIndex::discover({user(directory)}, {});
  auto candidate = *index.find("acme").value();
  CHECK(candidate.sha256.empty());
  CHECK(flavor::sealed_copy(candidate));
  put(directory, "user/acme.so.new", small_plugin("acme"));
  boost::filesystem::rename(directory / "user/acme.so.new", path);
  CHECK(flavor::sealed_copy(candidate).error().code() == "flavor.changed");
  CHECK(flavor::add_sha256(candidate).error().code() == "flavor.changed");
}

TEST_CASE("index: without installed flavors, errors list the directories that were searched") {
  const TempDir directory;
  const SearchDirectory installed{directory / "installed", "installed", true};
  const auto searched = "searched " + (directory / "user") + ", " + installed.path;
  const auto fix = "reinstall berth, which includes flavors in " + installed.path;

  const auto empty = FlavorIndex::discover({user(directory), installed}, {});
  const auto absent = empty.check_installed();
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code() == "flavor.not-installed");
  CHECK(absent.error().message() == "no flavors found");
  CHECK(absent.error().cause() == searched);
  CHECK(absent.error().fix() == fix);
  CHECK(empty.find("default").error().code() == "flavor.unknown");
  CHECK(empty.find("default").error().cause() == "no flavors found; " + searched);
  CHECK(empty.find("default").error().fix() == fix);
  CHECK(empty.claiming("a.example").error().code() == "flavor.unclaimed");
  CHECK(empty.claiming("a.example").error().cause() == "no flavors found; " + searched);
  CHECK(empty.claiming("a.example").error().fix() == fix);

  put(directory, "user/acme.so", small_plugin("acme", claim("*.acme.test")));
  const auto only_user = FlavorIndex::discover({user(directory), installed}, {});
  CHECK(only_user.find("acme"));
  CHECK(only_user.find("default").error().cause() == "no built-in flavors found; " + searched);
  CHECK(only_user.find("acm").error().fix() == "did you mean acme?");
  CHECK_FALSE(only_user.check_installed());

  put(directory, "installed/default.so", small_plugin("default", claim("*")));
  const auto complete = FlavorIndex::discover({user(directory), installed}, {});
  CHECK(complete.check_installed());
  CHECK(complete.find("ghost").error().cause() == "available: acme, default");
}
