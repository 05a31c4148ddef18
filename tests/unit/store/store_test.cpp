// registries.json: reading, rejected files, preserved members, and the file format.
#include "store/store.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_io.hpp"
#include "base/json_parser.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using store::Contents;
using store::Store;
using test::slurp;
using test::TempDir;

namespace {

store::ContainerRegistry registry(const std::string& name,
                                  const std::string& uri = "localhost:5000") {
  return {name, "default", oci::RegistryUri::parse(uri).value(), base::Json::object(), {}};
}

base::Result<void> add(Store& store, store::ContainerRegistry one) {
  const base::Cancellation cancellation;
  return store.update(
      [&](Contents& contents) -> base::Result<void> {
        contents.container_registries.push_back(std::move(one));
        return {};
      },
      cancellation);
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

// A file with the single registry `item`.
std::string file_with(const std::string& item, const std::string& rest = R"("active":"")") {
  return R"({"version":1,)" + rest + R"(,"container_registries":[)" + item + R"(],"plugins":[]})";
}

const std::string kGood =
    R"({"name":"a","flavor":"default","uri":"localhost:5000","settings":{},"labels":{}})";

std::vector<std::string> entries(const std::string& directory) {
  std::vector<std::string> names;
  for (boost::filesystem::directory_iterator it(directory), end; it != end; ++it)
    names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("store: reading creates no file; a change creates it with access for the owner only") {
  const TempDir dir;
  Store store(dir / "config/berth");
  CHECK(store.read()->container_registries.empty());
  CHECK_FALSE(boost::filesystem::exists(dir / "config"));
  REQUIRE(add(store, registry("a")).has_value());
  CHECK(mode_of(dir / "config/berth/registries.json") == 0600);
  CHECK(mode_of(dir / "config/berth/registries.lock") == 0600);
  CHECK(mode_of(dir / "config/berth") == 0700);
  CHECK(entries(dir / "config/berth") ==
        std::vector<std::string>{"registries.json", "registries.lock"});
}

TEST_CASE("store: reads what it wrote") {
  const TempDir dir;
  Store store(dir.path());
  auto one = registry("a", "ghcr.io/acme");
  one.settings.set("tls", true);
  one.settings.set("retries", 3);
  one.labels = {{"team", "blue"}, {"escape", "\x1b[31m\n"}};
  REQUIRE(add(store, one).has_value());
  const base::Cancellation cancellation;
  REQUIRE(store
              .update(
                  [](Contents& contents) -> base::Result<void> {
                    contents.active = "a";
                    contents.pins.push_back({"/x/acme.so", "ab", "acme", {"env:HOME"}});
                    return {};
                  },
                  cancellation)
              .has_value());
  const auto contents = store.read().value();
  REQUIRE(contents.container_registries.size() == 1);
  const auto& read = contents.container_registries.front();
  CHECK(read.uri.str() == "ghcr.io/acme");
  CHECK(read.settings == one.settings);
  CHECK(read.labels == one.labels);
  CHECK(contents.active == "a");
  REQUIRE(contents.pins.size() == 1);
  CHECK(contents.pins.front().permissions == std::vector<std::string>{"env:HOME"});
}

TEST_CASE("store: rejects a file that berth did not write and does not change it") {
  const std::pair<std::string, const char*> files[] = {
      {"", "store.broken"},
      {"{", "store.broken"},
      {"[]", "store.broken"},
      {"{}", "store.broken"},
      {R"({"version":"1"})", "store.broken"},
      {R"({"version":0})", "store.broken"},
      {R"({"version":-1})", "store.broken"},
      {R"({"version":1.0})", "store.broken"},
      {R"({"version":2})", "store.newer"},
      {R"({"version":9223372036854775807})", "store.newer"},
      {R"({"version":1,"version":1})", "store.broken"},
      {R"({"version":1,"container_registries":{}})", "store.broken"},
      {R"({"version":1,"plugins":"x"})", "store.broken"},
      {std::string((std::size_t{4} << 20U) + 1, ' '), "store.too-large"},
  };
  for (const auto& file : files) {
    const std::string& text = file.first;
    const std::string code = file.second;
    CAPTURE(text.substr(0, 100));
    const TempDir dir;
    dir.write("registries.json", text);
    Store store(dir.path());
    REQUIRE_FALSE(store.read().has_value());
    CHECK(store.read().error().code() == code);
    CHECK(store.read().error().error_class() == base::ErrorClass::disk);
    CHECK(store.read().error().message().find(dir.path()) != std::string::npos);
    CHECK(add(store, registry("b")).error().code() == code);
    CHECK(slurp(dir / "registries.json") == text);
  }
}

TEST_CASE("store: a malformed entry is unusable, and the others are read") {
  const std::pair<std::string, const char*> files[] = {
      {R"({"version":1,"active":3})", "it is not a string"},
      {R"({"version":1,"active":"ghost"})", "\"ghost\" is not registered"},
      {R"({"version":1,"plugins":[{"path":"/x"}]})", "it has no sha256"},
      {R"({"version":1,"plugins":[{"path":"/x","sha256":"a","flavor":"f","permissions":[1]}]})",
       "one of its permissions is not a string"},
      {R"({"version":1,"plugins":[{"path":"/x","sha256":"a","flavor":"f","permissions":{}}]})",
       "its permissions have the wrong type"},
      {file_with(kGood + ",1"), "it is not an object"},
      {file_with(kGood + R"(,{"name":"b","flavor":"default"})"),
       "invalid registry URI \"\": it is empty"},
      {file_with(kGood + R"(,{"name":"A","flavor":"default","uri":"localhost:5000"})"),
       "invalid container registry name \"A\""},
      {file_with(kGood + R"(,{"name":"b","uri":"localhost:5000"})"), "it has no flavor"},
      {file_with(kGood + R"(,{"name":"b","flavor":"f","uri":"x.io","settings":[]})"),
       "its settings have the wrong type"},
      {file_with(kGood + R"(,{"name":"b","flavor":"f","uri":"x.io","labels":{"k":1}})"),
       "its label \"k\" is not a string"},
      {file_with(kGood + "," + kGood), "another entry has the same name"},
  };
  for (const auto& file : files) {
    const std::string& text = file.first;
    const std::string reason = file.second;
    CAPTURE(text);
    const TempDir dir;
    dir.write("registries.json", text);
    Store store(dir.path());
    const auto contents = store.read().value();
    REQUIRE(contents.unusable.size() == 1);
    CHECK(contents.unusable.front().reason == reason);
    CHECK(contents.unusable.front().described.find(dir / "registries.json") != std::string::npos);
    const auto before = base::parse_json(text, "it").value();
    REQUIRE(add(store, registry("new")).has_value());
    const auto after = base::parse_json(slurp(dir / "registries.json"), "it").value();
    for (const char* list : {"container_registries", "plugins"}) {
      const auto* items = before.find(list);
      if (items == nullptr) continue;
      for (std::size_t i = 0; i < items->as_array()->size(); ++i)
        CHECK(after.find(list)->as_array()->at(i) == items->as_array()->at(i));
    }
    if (before.find("active") != nullptr) CHECK(*after.find("active") == *before.find("active"));
  }
}

TEST_CASE("store: a file that cannot be read is an error, not an empty one") {
  const TempDir dir;
  boost::filesystem::create_directory(dir / "registries.json");
  Store store(dir.path());
  CHECK(store.read().error().error_class() == base::ErrorClass::disk);
  CHECK(add(store, registry("b")).error().error_class() == base::ErrorClass::disk);
  Store below_a_file(dir.write("file", "x") + "/berth");
  CHECK(add(below_a_file, registry("b")).error().error_class() == base::ErrorClass::disk);
}

// What released versions wrote: later ones read it.
TEST_CASE("store: reads the file that 0.1 wrote, and writes it back unchanged") {
  const TempDir dir;
  const auto written = slurp(BERTH_VECTORS "/registries-0.1.json");
  dir.write("registries.json", written);
  Store store(dir.path());
  const auto contents = store.read();
  REQUIRE(contents.has_value());
  CHECK(contents->unusable.empty());
  CHECK(contents->active == "prod");
  REQUIRE(contents->container_registries.size() == 2);
  const auto& prod = contents->container_registries[0];
  CHECK(prod.name == "prod");
  CHECK(prod.flavor == "default");
  CHECK(prod.uri.str() == "registry.example.com/team");
  CHECK(prod.settings.find("tls")->as_bool() == true);
  CHECK(prod.settings.string_or("username", "") == "ci");
  CHECK(prod.labels == std::vector<std::pair<std::string, std::string>>{
                           {"env", "prod"}, {"note", "with \"quotes\" and ä"}});
  CHECK(contents->container_registries[1].uri.str() == "oci:/srv/images");
  REQUIRE(contents->pins.size() == 1);
  CHECK(contents->pins[0].path == "/usr/local/lib/berth/acme.so");
  CHECK(contents->pins[0].flavor == "acme");
  const base::Cancellation cancellation;
  REQUIRE(
      store.update([](Contents&) -> base::Result<void> { return {}; }, cancellation).has_value());
  CHECK(slurp(dir / "registries.json") == written);
}

TEST_CASE("store: a file of a newer version is refused with a fix, and not changed") {
  const TempDir dir;
  const std::string newer =
      R"({"version":2,"active":"a","container_registries":[],"plugins":[],"groups":[{"x":1}]})";
  dir.write("registries.json", newer);
  Store store(dir.path());
  const auto refused = store.read();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "store.newer");
  CHECK(refused.error().fix() == "install the newer version, or pass another --config-dir");
  CHECK(add(store, registry("b")).error().code() == "store.newer");
  CHECK(slurp(dir / "registries.json") == newer);
}

TEST_CASE("store: keeps unknown members, also after a rename") {
  const TempDir dir;
  dir.write(
      "registries.json",
      R"({"version":1,"later":{"x":1},"active":"a","container_registries":[{"name":"a","flavor":"default",)"
      R"("uri":"localhost:5000","settings":{},"labels":{},"later":[2]}],"plugins":[{"path":"/p","sha256":"s",)"
      R"("flavor":"f","permissions":[],"later":3}]})");
  Store store(dir.path());
  const base::Cancellation cancellation;
  REQUIRE(store
              .update(
                  [](Contents& contents) -> base::Result<void> {
                    contents.container_registries.front().name = "b";
                    contents.active = "b";
                    return {};
                  },
                  cancellation)
              .has_value());
  const auto document = base::parse_json(slurp(dir / "registries.json"), "it").value();
  CHECK(document.find("later")->find("x")->as_int() == 1);
  const auto& kept = document.find("container_registries")->as_array()->front();
  CHECK(kept.string_or("name", "") == "b");
  CHECK(kept.find("later")->as_array()->front().as_int() == 2);
  CHECK(document.find("plugins")->as_array()->front().find("later")->as_int() == 3);
}

TEST_CASE("store: a failed or invalid change writes nothing") {
  const TempDir dir;
  Store store(dir.path());
  REQUIRE(add(store, registry("a")).has_value());
  const auto before = slurp(dir / "registries.json");
  CHECK(add(store, registry("a")).error().code() == "registry.exists");
  CHECK(add(store, registry("B")).error().code() == "registry.name");
  const base::Cancellation cancellation;
  const auto refused = store.update(
      [](Contents& contents) -> base::Result<void> {
        contents.container_registries.clear();
        return base::Error(base::ErrorClass::usage, "no", "no");
      },
      cancellation);
  CHECK(refused.error().code() == "no");
  const auto dangling = store.update(
      [](Contents& contents) -> base::Result<void> {
        contents.active = "missing";
        return {};
      },
      cancellation);
  CHECK(dangling.error().error_class() == base::ErrorClass::internal);
  CHECK(slurp(dir / "registries.json") == before);
}

TEST_CASE("store: reads through a symbolic link, but neither writes through nor replaces it") {
  const TempDir dir;
  const auto foreign = dir.write("foreign.json", file_with(kGood));
  boost::filesystem::create_directory(dir / "berth");
  REQUIRE(::symlink(foreign.c_str(), (dir / "berth/registries.json").c_str()) == 0);
  Store store(dir / "berth");
  CHECK(store.read()->container_registries.size() == 1);
  CHECK(add(store, registry("b")).error().code() == "store.symlink");
  CHECK(slurp(foreign) == file_with(kGood));
  CHECK(boost::filesystem::is_symlink(dir / "berth/registries.json"));

  REQUIRE(::unlink((dir / "berth/registries.json").c_str()) == 0);
  REQUIRE(::symlink(foreign.c_str(), (dir / "berth/registries.lock").c_str()) == 0);
  CHECK(add(store, registry("b")).error().error_class() == base::ErrorClass::disk);
}

TEST_CASE("store: times out waiting for another process's lock and writes nothing") {
  const TempDir dir;
  Store store(dir.path());
  base::Cancellation cancellation;
  const auto held =
      base::FileLock::acquire(dir / "registries.lock", std::chrono::milliseconds(0), cancellation);
  REQUIRE(held.has_value());
  cancellation.request(base::Cancellation::Reason::timeout);
  const auto waited =
      store.update([](Contents&) -> base::Result<void> { return {}; }, cancellation);
  CHECK(waited.error().exit_status() == 8);
  CHECK_FALSE(boost::filesystem::exists(dir / "registries.json"));
}

TEST_CASE("store: validates the names of container registries") {
  for (const char* good : {"a", "0", "prod", "prod-eu-1", "a-", "localhosts"}) {
    CAPTURE(good);
    CHECK(store::check_name(good).has_value());
  }
  CHECK(store::check_name(std::string(63, 'a')).has_value());
  for (const std::string& bad :
       {std::string(), std::string("localhost"), std::string("-a"), std::string("A"),
        std::string("a_b"), std::string("a.b"), std::string("a/b"), std::string("a:1"),
        std::string("ä"), std::string("a "), std::string("a\0b", 3), std::string(64, 'a')}) {
    CAPTURE(bad);
    REQUIRE_FALSE(store::check_name(bad).has_value());
    CHECK(store::check_name(bad).error().code() == "registry.name");
  }
}

TEST_CASE("store: an unknown name is reported with the near miss") {
  Contents contents;
  contents.container_registries = {registry("prod"), registry("staging")};
  CHECK(contents.find("prod").value()->name == "prod");
  CHECK(contents.find("pord").error().fix() == "did you mean prod?");
  CHECK(contents.find("pord").error().exit_status() == 6);
  CHECK(contents.find("xyzzy").error().fix() == "berth registry list");
}
