// Which container registry and which image a destination means (CLI.md, "DESTINATION").
#include "cli/target.hpp"

#include <doctest/doctest.h>

#include "support/berth.hpp"

using namespace berth;
using cli::TargetOptions;

namespace {

store::Contents registered(std::initializer_list<std::pair<const char*, const char*>> names_and_uris) {
  store::Contents contents;
  for (const auto& [name, uri] : names_and_uris) {
    const std::string flavor = std::string(uri).starts_with("oci:") ? "layout" : "default";
    contents.container_registries.push_back(
        {name, flavor, oci::RegistryUri::parse(uri).value(), base::Json::object(), {}});
  }
  return contents;
}

flavor::FlavorIndex built_in_flavors() {
  const auto bin = test::berth_program();
  const auto prefix = bin.substr(0, bin.rfind("/bin/"));
  return flavor::FlavorIndex::discover({{prefix + "/lib/berth/flavors", "installed", true}}, {});
}

// "NAME REFERENCE", "- REFERENCE" when it is not registered, or the code of the error.
std::string found(const std::string& typed, const TargetOptions& options, const store::Contents& contents) {
  const auto index = built_in_flavors();
  const auto target = cli::find_target(typed, options, contents, index);
  if (!target) return target.error().code();
  return target->registry.value_or("-") + " " + target->reference();
}

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Row {
  std::string typed;
  std::string expected;
};

}  // namespace

TEST_CASE("destination: names, full references and the longest uri") {
  auto contents = registered({{"prod", "ghcr.io/acme"},
                              {"team", "ghcr.io/acme/team"},
                              {"local", "localhost:5000"},
                              {"one", "example.com/x"},
                              {"two", "example.com/x"},
                              {"shelf", "oci:/srv/shelf"},
                              {"deep", "oci:/srv/shelf/deep"}});
  contents.active = "local";
  const Row rows[] = {
      {"prod/app:1", "prod ghcr.io/acme/app:1"},
      {"prod/app", "prod ghcr.io/acme/app:latest"},
      {"prod/a/b/c:1", "prod ghcr.io/acme/a/b/c:1"},
      {"prod/app@" + kDigest, "prod ghcr.io/acme/app@" + kDigest},
      {"prod/app:1@" + kDigest, "prod ghcr.io/acme/app:1@" + kDigest},
      {"/app:1", "local localhost:5000/app:1"},
      {"/a/b", "local localhost:5000/a/b:latest"},
      {"ghcr.io/acme/app:1", "prod ghcr.io/acme/app:1"},
      {"GHCR.IO/acme/app:1", "prod ghcr.io/acme/app:1"},
      {"ghcr.io/acme/team/app:1", "team ghcr.io/acme/team/app:1"},
      {"ghcr.io/acme/teams/app:1", "prod ghcr.io/acme/teams/app:1"},
      {"ghcr.io/acmes/app:1", "- ghcr.io/acmes/app:1"},
      {"ghcr.io/acme:1", "- ghcr.io/acme:1"},
      {"localhost:5000/app:1", "local localhost:5000/app:1"},
      {"localhost:5001/app:1", "- localhost:5001/app:1"},
      {"localhost/app:1", "- localhost/app:1"},
      {"127.0.0.1:5000/app", "- 127.0.0.1:5000/app:latest"},
      {"[::1]:5000/app:1", "- [::1]:5000/app:1"},
      {"docker.io/acme/app:1", "- docker.io/acme/app:1"},
      {"docker.io/app:1", "- docker.io/library/app:1"},
      {"example.com/x/app:1", "registry.ambiguous"},
      {"example.com/y/app:1", "- example.com/y/app:1"},
      {"shelf/team/app:1", "shelf oci:/srv/shelf/team/app:1"},
      {"oci:/srv/shelf/app:1", "shelf oci:/srv/shelf/app:1"},
      {"oci:/srv/shelf/deep/app:1", "deep oci:/srv/shelf/deep/app:1"},
      {"oci:/srv/other/app:1", "registry.unknown"},
      {"pord/app:1", "registry.unknown"},
      {"app:1", "registry.unknown"},
      {"app", "registry.unknown"},
      {"acme/app", "registry.unknown"},
      {"prod", "registry.unknown"},
      {"prod:1", "registry.unknown"},
      {"", "destination.empty"},
      {"prod/", "reference.repository"},
      {"prod/App:1", "reference.repository"},
      {"prod/app:", "reference.tag"},
      {"prod/app:-1", "reference.tag"},
      {"prod/app:a:b", "reference.repository"},
      {"/", "reference.repository"},
      {"//app", "reference.repository"},
      {"ghcr.io/", "reference.repository"},
      {"https://ghcr.io/acme/app:1", "reference.scheme"},
      {"prod/app@sha256:12", "digest.invalid"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.typed);
    CHECK(found(row.typed, {}, contents) == row.expected);
  }
}

TEST_CASE("destination: a name without a host goes to Docker Hub only where that is registered") {
  const auto hub = registered({{"hub", "docker.io"}, {"prod", "ghcr.io/acme"}});
  CHECK(found("acme/app:1", {}, hub) == "hub docker.io/acme/app:1");
  CHECK(found("app", {}, hub) == "hub docker.io/library/app:latest");
  CHECK(found("prod/app:1", {}, hub) == "prod ghcr.io/acme/app:1");
  const auto part = registered({{"hub", "index.docker.io/acme"}});
  CHECK(found("acme/app:1", {}, part) == "hub docker.io/acme/app:1");
  CHECK(found("other/app:1", {}, part) == "registry.unknown");
  CHECK(found("app:1", {}, part) == "registry.unknown");
}

TEST_CASE("destination: the near miss keeps the rest of what was typed, and Docker Hub is spelled out") {
  const auto contents = registered({{"prod", "ghcr.io/acme"}, {"staging", "localhost:5000"}});
  const auto index = built_in_flavors();
  const auto fix = [&](const std::string& typed) { return cli::find_target(typed, {}, contents, index).error().fix(); };
  CHECK(fix("pord/app:1") == "did you mean prod/app:1? for Docker Hub write docker.io/pord/app:1");
  CHECK(fix("prod:1") == "berth registry list; for Docker Hub write docker.io/prod:1");
  CHECK(fix("other/app") == "berth registry list; for Docker Hub write docker.io/other/app");
}

TEST_CASE("destination: --registry decides, and the image must belong to it") {
  auto contents = registered({{"one", "example.com/x"}, {"two", "example.com/x"}, {"prod", "ghcr.io/acme"}});
  TargetOptions two;
  two.registry = "two";
  CHECK(found("example.com/x/app:1", two, contents) == "two example.com/x/app:1");
  CHECK(found("/app:1", two, contents) == "two example.com/x/app:1");
  CHECK(found("two/app:1", two, contents) == "two example.com/x/app:1");
  CHECK(found("ghcr.io/acme/app:1", two, contents) == "push.not-in-registry");
  CHECK(found("app:1", two, contents) == "push.not-in-registry");
  two.registry = "tow";
  CHECK(found("example.com/x/app:1", two, contents) == "registry.unknown");
  CHECK(found("/app:1", {}, contents) == "registry.no-active");
}

TEST_CASE("destination: --flavor uses what is not registered, for this call") {
  const auto contents = registered({{"prod", "ghcr.io/acme"}});
  const auto with = [](const std::string& flavor, std::optional<std::string> uri) {
    TargetOptions options;
    options.flavor = flavor;
    options.uri = std::move(uri);
    return options;
  };
  const auto of = [&](const std::string& typed, const TargetOptions& options) {
    return found(typed, options, contents);
  };
  CHECK(of("ghcr.io/acme/app:1", with("default", {})) == "- ghcr.io/acme/app:1");
  CHECK(of("ghcr.io/acme/app:1", with("default", "ghcr.io/acme")) == "- ghcr.io/acme/app:1");
  CHECK(of("ghcr.io/acme/app:1", with("default", "ghcr.io/other")) == "push.not-in-registry");
  CHECK(of("/app:1", with("default", "localhost:5000")) == "- localhost:5000/app:1");
  CHECK(of("/app:1", with("default", {})) == "usage.uri");
  CHECK(of("acme/app:1", with("default", {})) == "usage.uri");
  CHECK(of("acme/app:1", with("default", "docker.io")) == "- docker.io/acme/app:1");
  CHECK(of("/app:1", with("layout", "oci:/srv/x")) == "- oci:/srv/x/app:1");
  CHECK(of("team/app:1", with("layout", "oci:/srv/x")) == "- oci:/srv/x/team/app:1");
  CHECK(of("oci:/srv/x/app:1", with("layout", "oci:/srv/x")) == "- oci:/srv/x/app:1");
  CHECK(of("oci:/srv/y/app:1", with("layout", "oci:/srv/x")) == "push.not-in-registry");
  CHECK(of("/app:1", with("layout", {})) == "usage.uri");
  CHECK(of("/app:1", with("layout", "localhost:5000")) == "registry.uri");
  CHECK(of("/app:1", with("default", "oci:/srv/x")) == "registry.uri");
  CHECK(of("ghcr.io/acme/app:1", with("defualt", {})) == "flavor.unknown");
  auto set = with("default", {});
  set.settings = {{"tsl", "true"}};
  CHECK(of("ghcr.io/acme/app:1", set) == "setting.unknown");
  set.settings = {{"compression", "zstd"}};
  CHECK(of("ghcr.io/acme/app:1", set) == "setting.not-built");
}
