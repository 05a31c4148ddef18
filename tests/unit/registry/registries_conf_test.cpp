#include "registry/registries_conf.hpp"
#include "registry/registries_conf_parse.hpp"
#include "registry/registries_conf_reader.hpp"

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::registry;
using test::TempDir;

namespace {

RegistriesConf conf_of(const std::string& text) {
  auto conf = parse_registries_conf(text, "r.conf");
  REQUIRE_MESSAGE(conf.has_value(), conf.error().cause());
  return std::move(*conf);
}

oci::Reference ref(const std::string& text) { return oci::Reference::parse(text).value(); }

// "REFERENCE[!]" each, with ! if it may be insecure; the code of an error.
std::string sources_of(const RegistriesConf& conf, const std::string& reference) {
  const auto sources = pull_sources(conf, ref(reference));
  if (!sources) return sources.error().code();
  std::string text;
  for (const auto& source : *sources)
    text += (text.empty() ? "" : " ") + source.reference.str() + (source.insecure ? "!" : "");
  return text;
}

std::string full(const RegistriesConf& conf, const std::string& typed) {
  const auto name = full_name(conf, typed);
  return name ? name->reference.str() : name.error().code();
}

const std::string kDigest = "sha256:" + std::string(64, 'a');

}  // namespace

TEST_CASE("registries.conf: the longest prefix selects the location of an image") {
  const auto conf = conf_of(R"(
[[registry]]
prefix = "example.com/foo"
location = "inside.example.net/bar/"
[[registry.mirror]]
location = "mirror-0.local:5000/for-foo"
[[registry.mirror]]
location = "mirror-1.local/foo"
insecure = true

[[registry]]
location = "example.com"
insecure = true

[[registry]]
prefix = "example.com/foo/secret"
location = "example.com/foo/secret"
blocked = true

[[registry]]
prefix = "*.wild.example"
insecure = true
[[registry.mirror]]
location = "cache.local/wild"

[[registry]]
prefix = "tagged.example/a:1"
location = "tagged.example/b:2"
)");
  const std::pair<std::string, std::string> cases[] = {
      {"example.com/foo/image:1",
       "mirror-0.local:5000/for-foo/image:1 mirror-1.local/foo/image:1! "
       "inside.example.net/bar/image:1"},
      {"example.com/foo:1",
       "mirror-0.local:5000/for-foo:1 mirror-1.local/foo:1! inside.example.net/bar:1"},
      {"example.com/fool:1", "example.com/fool:1!"},
      {"example.com/bar@" + kDigest, "example.com/bar@" + kDigest + "!"},
      {"example.com/foo/secret/x:1", "registries-conf.blocked"},
      {"example.com/foo/secret:1", "registries-conf.blocked"},
      {"a.b.wild.example/x:1", "cache.local/wild/x:1 a.b.wild.example/x:1!"},
      {"a.wild.example:5000/x:1", "registries-conf.location"},
      {"wild.example/x:1", "wild.example/x:1"},
      {"notwild.example/x:1", "notwild.example/x:1"},
      {"evil.example/a.wild.example/x:1", "evil.example/a.wild.example/x:1"},
      {"tagged.example/a:1", "tagged.example/b:2"},
      {"tagged.example/a:10", "tagged.example/a:10"},
      {"other.example/x:1", "other.example/x:1"},
      {"example.com.evil.example/x:1", "example.com.evil.example/x:1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(sources_of(conf, one.first) == one.second);
  }
}

TEST_CASE("registries.conf: supports mirrors for tags only or digests only") {
  const auto conf = conf_of(R"(
[[registry]]
location = "a.example"
[[registry.mirror]]
location = "tags.example"
pull-from-mirror = "tag-only"
[[registry.mirror]]
location = "digests.example"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "all.example"
pull-from-mirror = "all"
[[registry]]
location = "b.example"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.example"
)");
  CHECK(sources_of(conf, "a.example/x:1") == "tags.example/x:1 all.example/x:1 a.example/x:1");
  CHECK(sources_of(conf, "a.example/x@" + kDigest) ==
        "digests.example/x@" + kDigest + " all.example/x@" + kDigest + " a.example/x@" + kDigest);
  CHECK(sources_of(conf, "b.example/x:1") == "b.example/x:1");
  CHECK(sources_of(conf, "b.example/x@" + kDigest) ==
        "m.example/x@" + kDigest + " b.example/x@" + kDigest);
}

TEST_CASE("registries.conf: resolves short names by alias or by the only search registry") {
  auto conf = conf_of(R"(
unqualified-search-registries = ["search.example"]
[aliases]
"app" = "ghcr.example/acme/app"
"team/tool" = "docker.io/tool"
"gone" = ""
)");
  CHECK(full(conf, "app") == "ghcr.example/acme/app");
  CHECK(full(conf, "app:1@" + kDigest) == "ghcr.example/acme/app:1@" + kDigest);
  CHECK(full(conf, "team/tool:2") == "docker.io/library/tool:2");
  CHECK(full(conf, "gone:1") == "search.example/gone:1");
  CHECK(full(conf, "other/x:1") == "search.example/other/x:1");
  CHECK(full(conf, "ghcr.example/app:1") == "ghcr.example/app:1");
  CHECK(full(conf, "localhost/app:1") == "localhost/app:1");
  CHECK(full(conf, "A:1") == "reference.repository");
  CHECK(full_name(conf, "app")->reason == "alias in r.conf:4");

  merge(
      conf,
      conf_of(
          "unqualified-search-registries = [\"a.example\", \"docker.io\"]\n[aliases]\napp = \"\""));
  CHECK(full(conf, "app:1") == "registries-conf.ambiguous");
  CHECK(full_name(conf, "app:1").error().cause().find("a.example/app:1, docker.io/app:1") !=
        std::string::npos);
  merge(conf, conf_of("unqualified-search-registries = []"));
  CHECK(full(conf, "app:1") == "docker.io/library/app:1");
}

TEST_CASE("registries.conf: rejects invalid files with the line") {
  const std::pair<std::string, std::string> cases[] = {
      {"[[registry]\n", "line 1"},
      {"\n\nunqualified-search-registries = \"a.example\"",
       "line 3: unqualified-search-registries is not a list"},
      {"unqualified-search-registries = [\n1]",
       "line 2: unqualified-search-registries is not a string"},
      {"unqualified-search-registries = [\"a.example/x\"]", "line 1: invalid host \"a.example/x\""},
      {"[registry]\nlocation = \"a.example\"", "line 1: registry is not a list"},
      {"registry = [1]", "line 1: an entry of registry is not a table"},
      {"[[registry]]\ninsecure = true", "line 1: a registry has neither"},
      {"[[registry]]\nprefix = \"a.example\"", "line 1: registry \"a.example\" has no location"},
      {"[[registry]]\nlocation = \"https://a.example\"",
       "line 2: location \"https://a.example\" has a scheme"},
      {"[[registry]]\nlocation = \"a.example \"", "line 2: invalid location \"a.example \""},
      {"[[registry]]\nlocation = \"a.exa\\u001Bmple\"",
       "line 2: invalid location \"a.exa\\x1bmple\""},
      {"[[registry]]\nlocation = \"" + std::string(2000, 'a') + "\"", "line 2: invalid location"},
      {"[[registry]]\nlocation = 5", "line 2: location is not a string"},
      {"[[registry]]\nlocation = \"a.example\"\ninsecure = \"true\"",
       "line 3: insecure is neither true nor false"},
      {"[[registry]]\nlocation = \"a.example\"\npull-from-mirror = \"all\"",
       "line 3: pull-from-mirror is for mirrors"},
      {"[[registry]]\nlocation = \"a.example\"\n[[registry.mirror]]\ninsecure = true",
       "line 3: a mirror has no"},
      {"[[registry]]\nlocation = \"a.example\"\n[[registry.mirror]]\nlocation = "
       "\"b\"\npull-from-mirror = \"x\"",
       "line 5: pull-from-mirror must be all"},
      {"[[registry]]\nlocation = \"a.example\"\nmirror-by-digest-only = "
       "true\n[[registry.mirror]]\nlocation = \"b\"\n"
       "pull-from-mirror = \"all\"",
       "line 4: mirror-by-digest-only and"},
      {"[[registry]]\nlocation = \"a.example\"\n[[registry]]\nlocation = \"a.example\"\nblocked = "
       "true",
       "line 3: \"a.example\" is defined twice"},
      {"aliases = 1", "line 1: aliases is not a table"},
      {"[aliases]\n\"a.example/x\" = \"b.example/x\"",
       "line 2: invalid short name \"a.example/x\""},
      {"[aliases]\n\"x:1\" = \"b.example/x\"", "line 2: invalid short name \"x:1\""},
      {"[aliases]\nx = \"y\"", "line 2: \"y\" is not HOST/REPOSITORY"},
      {"[aliases]\nx = \"b.example/y:1\"", "line 2: \"b.example/y:1\" is not HOST/REPOSITORY"},
      {"[aliases]\nx = \"b.example/y\"\nx = \"b.example/z\"", "line 3"},
      {"a = " + std::string(100'000, '['), "line 1"},
      {"a = \"\xff\"", "line 1"},
      {"a = \u03c2", "line 1"},
      {"a = \u2603 = 1", "line 1"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first.substr(0, 200));
    const auto conf = parse_registries_conf(one.first, "r.conf");
    REQUIRE_FALSE(conf.has_value());
    CHECK(conf.error().error_class() == base::ErrorClass::validation);
    CHECK(conf.error().code() == "registries-conf.invalid");
    CHECK(conf.error().message() == "cannot parse r.conf");
    CHECK_MESSAGE(conf.error().cause().starts_with(one.second), conf.error().cause());
  }
  const auto old =
      parse_registries_conf("[registries.search]\nregistries = ['a.example']\n", "r.conf");
  REQUIRE_FALSE(old.has_value());
  CHECK(old.error().code() == "registries-conf.version");
  CHECK(parse_registries_conf("[registries.search]\nregistries = []\n", "r.conf").has_value());
  CHECK(parse_registries_conf("short-name-mode = \"enforcing\"\ncredential-helpers = [\"x\"]",
                              "r.conf")
            .has_value());
}

TEST_CASE("registries.conf: reads files in order of precedence") {
  const TempDir directory;
  const std::string search = "unqualified-search-registries = ";
  directory.write("system/registries.conf",
                  search + "['system.example']\n[[registry]]\nlocation = 'a.example'\n");
  directory.write("system/registries.conf.d/20.conf", search + "['twenty.example']");
  directory.write(
      "system/registries.conf.d/10.conf",
      search + "['ten.example']\n[[registry]]\nlocation = 'a.example'\nblocked = true\n");
  directory.write("system/registries.conf.d/30.ignored", "no toml");
  directory.write("aliases.conf", "[aliases]\nx = 'user.example/x'");
  RegistriesConfPaths places{
      {}, directory / "user", directory / "system", directory / "aliases.conf"};

  auto conf = read_registries_conf(places);
  REQUIRE(conf.has_value());
  CHECK(conf->files.size() == 4);
  CHECK(full(*conf, "y:1") == "twenty.example/y:1");
  CHECK(full(*conf, "x:1") == "user.example/x:1");
  CHECK(sources_of(*conf, "a.example/x:1") == "registries-conf.blocked");

  directory.write("user/registries.conf.d/10.conf", search + "['user.example']");
  CHECK(full(*read_registries_conf(places), "y:1") == "user.example/y:1");
  directory.write("user/registries.conf", "");
  conf = read_registries_conf(places);
  CHECK(conf->files.size() == 3);
  CHECK(sources_of(*conf, "a.example/x:1") == "a.example/x:1");

  places.named = directory.write("named.conf", search + "['named.example']");
  conf = read_registries_conf(places);
  CHECK(conf->files.size() == 1);
  CHECK(full(*conf, "x:1") == "named.example/x:1");
  places.named = directory / "nowhere.conf";
  CHECK(read_registries_conf(places).error().error_class() == base::ErrorClass::not_found);
  places.named = directory.write("large.conf", std::string((1 << 20) + 1, '#'));
  CHECK(read_registries_conf(places).error().code() == "file.too-large");
  CHECK(read_registries_conf({"/dev/null", directory / "user", directory / "system", {}})
            ->files.empty());
  CHECK(read_registries_conf({{}, {}, directory / "nothing", {}})->files.empty());
}
