// registries.json: values round-trip, and one malformed entry affects only its own use.
#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "base/json_parser.hpp"
#include "store/store.hpp"
#include "support/berth.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using base::Json;
using test::Berth;

namespace {

constexpr unsigned kSeed = 20240607;
constexpr int kRounds = 10'000;

class Random {
 public:
  std::size_t below(std::size_t limit) { return generator_() % limit; }
  // Valid and invalid parts of hosts, URIs and names.
  std::string text() {
    static const std::string pieces[] = {"oci:",
                                         "Oci:",
                                         "OCI:",
                                         "oci",
                                         "docker.io",
                                         "index.docker.io",
                                         "Registry-1.Docker.io",
                                         "r.io",
                                         "R.IO",
                                         "localhost",
                                         "LOCALHOST",
                                         "127.0.0.1",
                                         "[::1]",
                                         "[2001:DB8::1]",
                                         ":5000",
                                         ":1",
                                         ":0443",
                                         ":",
                                         "/",
                                         "//",
                                         "/./",
                                         "/../",
                                         "a",
                                         "app",
                                         "Prod",
                                         "prod",
                                         "team",
                                         "@",
                                         ".",
                                         "..",
                                         "-",
                                         "_",
                                         "__",
                                         "https://",
                                         "http://",
                                         "é",
                                         "\u202e",
                                         "\u009b",
                                         "\xff",
                                         "\xc3",
                                         " ",
                                         "\n",
                                         "\x7f",
                                         "%2f",
                                         "library/",
                                         "latest",
                                         "0",
                                         "9",
                                         "/srv/x",
                                         "\\",
                                         "\"",
                                         "{",
                                         "sha256:",
                                         "\u2028",
                                         "\U0001F433",
                                         "~"};
    std::string text;
    for (std::size_t count = 1 + below(5); count > 0; --count)
      text += pieces[below(std::size(pieces))];
    return text;
  }
  Json setting() {
    switch (below(5)) {
      case 0:
        return below(2) == 0;
      case 1: {
        const std::uint64_t bits = std::uint64_t{generator_()} << 32U | generator_();
        return static_cast<std::int64_t>(bits);
      }
      case 2:
        return real();
      case 3:
        return static_cast<double>(below(1000)) - 500;
      default:
        return text();
    }
  }

 private:
  double real() {
    for (;;) {
      const std::uint64_t bits = std::uint64_t{generator_()} << 32U | generator_();
      double value = 0;
      std::memcpy(&value, &bits, sizeof value);
      if (std::isfinite(value)) return value;
    }
  }
  std::mt19937 generator_{kSeed};
};

base::Result<void> add(store::Store& store, const store::ContainerRegistry& registry) {
  return store.update(
      [&](store::Contents& contents) -> base::Result<void> {
        contents.container_registries.push_back(registry);
        return {};
      },
      base::Cancellation());
}

std::string error_code(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "the output");
  const Json* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "";
}

std::string list_of(const Berth& berth) {
  const auto result = berth.run({"registry", "list", "-o", "json"});
  REQUIRE_MESSAGE(result.status == 0, result.err);
  return result.out;
}

std::string write_state(const Berth& berth, const std::string& entries,
                        const std::string& active = R"("")", const std::string& plugins = "[]") {
  return berth.home().write("config/berth/registries.json",
                            R"({"version":1,"active":)" + active + R"(,"container_registries":[)" +
                                entries + R"(],"plugins":)" + plugins + "}");
}

std::string entry(const std::string& name, const std::string& uri = "localhost:5000") {
  return R"({"name":")" + name + R"(","flavor":"default","uri":")" + uri +
         R"(","settings":{},"labels":{}})";
}

Json entries_in(const Berth& berth, const char* list = "container_registries") {
  return *base::parse_json(berth.registries_json(), "the state")->find(list);
}

}  // namespace

TEST_CASE("state: uris and references that are accepted are read again as the same") {
  Random random;
  int uris = 0;
  int references = 0;
  for (int round = 0; round < 10 * kRounds; ++round) {
    const auto text = random.text();
    CAPTURE(text);
    if (const auto uri = oci::RegistryUri::parse(text)) {
      ++uris;
      const auto again = oci::RegistryUri::parse(uri->str());
      REQUIRE(again.has_value());
      REQUIRE(*again == *uri);
    }
    if (const auto reference = oci::Reference::parse(text)) {
      ++references;
      const auto again = oci::Reference::parse(reference->str());
      REQUIRE(again.has_value());
      REQUIRE(*again == *reference);
    }
  }
  CHECK(uris > 1000);
  CHECK(references > 1000);
}

TEST_CASE("state: the store reads everything that it accepts, and a rejection changes nothing") {
  Random random;
  const test::TempDir dir;
  store::Store store(dir.path());
  int accepted = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto uri = oci::RegistryUri::parse(random.text());
    if (!uri) continue;
    store::ContainerRegistry registry{
        random.below(2) == 0 ? random.text() : "r", "default", *uri, Json::object(), {}};
    for (std::size_t i = random.below(4); i > 0; --i)
      registry.settings.set(random.text(), random.setting());
    if (random.below(3) == 0) registry.labels = {{random.text(), random.text()}};
    const auto before = test::slurp(dir / "registries.json");
    const auto added = add(store, registry);
    const auto contents = store.read();
    REQUIRE(contents.has_value());
    REQUIRE(contents->unusable.empty());
    if (!added) {
      REQUIRE(test::slurp(dir / "registries.json") == before);
      continue;
    }
    ++accepted;
    REQUIRE(contents->container_registries.size() == 1);
    const auto& read = contents->container_registries.front();
    REQUIRE(read.name == registry.name);
    REQUIRE(read.uri == registry.uri);
    REQUIRE(read.settings == registry.settings);
    REQUIRE(read.labels == registry.labels);
    REQUIRE(store
                .update(
                    [&](store::Contents& now) -> base::Result<void> {
                      now.remove(registry.name);
                      return {};
                    },
                    base::Cancellation())
                .has_value());
  }
  CHECK(accepted > 200);
}

TEST_CASE("state: no registration breaks later commands") {
  const Berth berth;
  const std::vector<std::string> uris = {"Oci:5000",         "oci:5000",      "OCI:5000/app",
                                         "oCi:/srv/x",       "oci:/srv/\xff", "LOCALHOST:5000",
                                         "[::1]:5000",       "Docker.io",     "r.io/\xc3\x28",
                                         "R.io:0443/team/x", "oci",           "oci/x"};
  for (const auto& uri : uris) {
    CAPTURE(uri);
    const bool is_layout = uri.find(":/") != std::string::npos;
    const auto registered = berth.run(
        {"registry", "register", "x", "--flavor", is_layout ? "layout" : "default", "--uri", uri});
    const auto list = list_of(berth);
    CHECK((registered.status == 0) == (list.find("\"x\"") != std::string::npos));
    if (registered.status == 0) CHECK(berth.run({"registry", "delete", "x"}).status == 0);
  }
  CHECK(error_code(berth.run({"registry", "register", "x", "--flavor", "default", "--uri",
                              "Oci:5000", "-o", "json"})) == "uri.layout");
  CHECK(berth
            .run({"registry", "register", "x", "--flavor", "default", "--uri", "r.io", "--set",
                  "username=\xff"})
            .status == 2);
  CHECK(berth
            .run({"registry", "register", "x", "--flavor", "default", "--uri", "r.io", "--label",
                  "k=\xc3\x28", "-o", "json"})
            .out.find("registry.encoding") != std::string::npos);
  CHECK(list_of(berth).find("\"x\"") == std::string::npos);
}

TEST_CASE(
    "state: settings that would make the file too large are refused, and the file stays usable") {
  const Berth berth;
  const std::string large(base::kMaxJsonFile - 2000, 'a');
  write_state(berth, R"({"name":"large","flavor":"default","uri":"r.io","labels":{"l":")" + large +
                         R"("}})");
  const auto before = berth.registries_json();
  const auto registered =
      berth.run({"registry", "register", "x", "--flavor", "default", "--uri", "r.io/x", "--label",
                 "l=" + std::string(3000, 'a'), "-o", "json"});
  CHECK(registered.status == 11);
  CHECK(error_code(registered) == "store.too-large");
  CHECK(berth.registries_json() == before);
  CHECK(berth.run({"registry", "delete", "large"}).status == 0);
}

TEST_CASE("state: one malformed entry affects only its own use") {
  const std::string bad[] = {
      entry("bad", "oci:5000"),
      entry("bad", "https://r.io"),
      R"({"name":"bad","flavor":"default"})",
      R"({"name":"bad","uri":"r.io"})",
      R"({"name":"bad","flavor":"f","uri":"r.io","settings":[]})",
      R"({"name":"bad","flavor":"f","uri":"r.io","labels":{"k":1},"later":1e3})"};
  for (const auto& item : bad) {
    CAPTURE(item);
    const Berth berth;
    const auto file =
        write_state(berth, entry("first") + "," + item + "," + entry("last", "r.io/last"));
    const auto list = berth.run({"registry", "list"});
    CHECK(list.status == 0);
    CHECK(list.out.find("first") != std::string::npos);
    CHECK(list.out.find("last") != std::string::npos);
    CHECK(list.err.find("warning: container registry \"bad\" in " + file + " cannot be used: ") !=
          std::string::npos);

    CHECK(error_code(berth.run({"check", "--offline", "bad/app:1", "-o", "json"})) ==
          "store.entry");
    CHECK(error_code(berth.run({"registry", "register", "bad", "--flavor", "default", "--uri",
                                "r.io", "-o", "json"})) == "registry.exists");
    CHECK(berth.run({"registry", "register", "new", "--flavor", "default", "--uri", "r.io/new"})
              .status == 0);
    CHECK(berth.run({"registry", "update", "first", "--set", "tls=true"}).status == 0);
    CHECK(berth.run({"registry", "rename", "last", "end"}).status == 0);
    CHECK(berth.run({"registry", "use", "new"}).status == 0);
    const auto entries = entries_in(berth);
    REQUIRE(entries.as_array()->size() == 4);
    CHECK(entries.as_array()->at(1) == base::parse_json(item, "the entry").value());

    const auto removed = berth.run({"registry", "delete", "bad"});
    CHECK(removed.status == 0);
    CHECK(removed.err.find("warning") == std::string::npos);
    CHECK(entries_in(berth).as_array()->size() == 3);
  }
}

TEST_CASE("state: keeps entries without a name, of another type or with a duplicate name") {
  const Berth berth;
  write_state(
      berth,
      R"(1,{"uri":"r.io"},)" + entry("a") + "," + entry("a", "r.io/second") +
          R"(,{"name":"No Name"})",
      R"("nowhere")",
      R"([{"path":"/x.so"},{"path":"/y.so","sha256":"00","flavor":"y","permissions":"all"},[]])");
  const auto list = berth.run({"registry", "list", "-o", "json"});
  REQUIRE(list.status == 0);
  CHECK(base::parse_json(list.out, "the list")->find("unusable")->as_array()->size() == 4);
  CHECK(std::count(list.err.begin(), list.err.end(), '\n') == 8);
  const auto before = base::parse_json(berth.registries_json(), "the state").value();
  REQUIRE(berth.run({"registry", "register", "b", "--flavor", "default", "--uri", "r.io"}).status ==
          0);
  const auto after = base::parse_json(berth.registries_json(), "the state").value();
  CHECK(after.string_or("active", "") == "nowhere");
  CHECK(*after.find("plugins") == *before.find("plugins"));
  CHECK(after.find("container_registries")->as_array()->size() == 6);
  CHECK(berth.run({"registry", "delete", "No Name"}).status == 0);
  CHECK(berth.run({"registry", "delete", "a"}).status == 0);
  CHECK(entries_in(berth).as_array()->size() == 3);
  CHECK(berth.run({"flavor", "delete", "y"}).status == 0);
  CHECK(entries_in(berth, "plugins").as_array()->size() == 2);
}

TEST_CASE("state: an unusable active container registry is reported, and can be deleted") {
  const Berth berth;
  write_state(berth, entry("bad", "oci:5000"), R"("bad")");
  CHECK(error_code(berth.run({"check", "--offline", "/app:1", "-o", "json"})) == "store.entry");
  CHECK(error_code(berth.run({"registry", "delete", "bad", "-o", "json"})) == "registry.active");
  CHECK(berth.run({"registry", "delete", "--force", "bad"}).status == 0);
  CHECK(error_code(berth.run({"check", "--offline", "/app:1", "-o", "json"})) ==
        "registry.no-active");
}

TEST_CASE("state: a registered name in another case is never taken for a host") {
  const Berth berth;
  test::ScriptedServer server([](const test::Received&) {
    return test::Scripted{test::http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
  });
  berth.register_registry("prod", "default", "ghcr.example/acme");
  berth.register_registry("robot", "default", "quay.example/acme/app");
  const auto port = std::to_string(server.port());
  const std::string names[] = {
      "Prod/app:1", "PROD/app:1", "pRod/team/app", "Prod/app@sha256:" + std::string(64, 'a'),
      "Robot:1",    "ROBOT",      "Prod",          "Pord/app:1",
      "Prodd/app"};
  for (const auto& typed : names) {
    CAPTURE(typed);
    const auto checked = berth.run({"check", "--offline", typed, "-o", "json"});
    CHECK(checked.status == 6);
    CHECK(error_code(checked) == "registry.unknown");
    CHECK(checked.err.find("did you mean ") != std::string::npos);
  }
  for (const char* typed : {"Prod", "PROD", "Robot", "pord"}) {
    CAPTURE(typed);
    const auto login =
        berth.run({"login", typed, "--username", "me", "--password-stdin", "-o", "json"},
                  {.environment = {}, .input = "secret\n", .directory = {}});
    CHECK(error_code(login) == "registry.unknown");
  }
  for (const char* host : {"Localhost:", "127.0.0.1:", "LOCALHOST:"}) {
    const auto typed = host + port;
    CAPTURE(typed);
    CHECK(berth.run({"check", typed + "/app:1"}).status == 4);
  }
  for (const char* typed : {"Acme/app:1", "acme/app", "Acme"})
    CHECK(berth.run({"check", "--offline", typed}).status == 6);
  CHECK(berth.run({"check", "--offline", "GHCR.example/acme/app:1", "-o", "json"})
            .out.find("\"registry\":\"prod\"") != std::string::npos);
}
