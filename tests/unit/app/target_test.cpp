// Which container registry and which image a destination means (host/cli/README.md, "DESTINATION").
#include "app/target.hpp"

#include <doctest/doctest.h>

#include "app/find_target.hpp"
#include "support/berth.hpp"

using namespace berth;
using app::TargetOptions;

namespace {

store::Contents registered(
    std::initializer_list<std::pair<const char*, const char*>> names_and_uris) {
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
std::string found(const std::string& typed, const TargetOptions& options,
                  const store::Contents& contents) {
  const auto index = built_in_flavors();
  const auto target = app::find_target(typed, options, contents, index);
  if (!target) return target.error().code();
  return target->registry.value_or("-") + " " + target->reference();
}

const std::string kDigest = "sha256:" + std::string(64, 'a');

struct Row {
  std::string typed;
  std::string expected;
};

}  // namespace

TEST_CASE("destination: resolves names, full references and the longest matching URI") {
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
      {"ghcr.io/acme:1", "prod ghcr.io/acme:1"},
      {"ghcr.io/acme", "prod ghcr.io/acme:latest"},
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
      {"Prod/app:1", "registry.unknown"},
      {"PROD/App:1", "reference.repository"},
      {"Prod:1", "registry.unknown"},
      {"Acme/app:1", "registry.unknown"},
      {"Localhost:5000/app:1", "local localhost:5000/app:1"},
      {"LOCALHOST/app:1", "- localhost/app:1"},
      {"app:1", "registry.unknown"},
      {"app", "registry.unknown"},
      {"acme/app", "registry.unknown"},
      {"prod", "prod ghcr.io/acme:latest"},
      {"prod:1", "prod ghcr.io/acme:1"},
      {"prod@" + kDigest, "prod ghcr.io/acme@" + kDigest},
      {"prod:feature/x", "reference.tag"},
      {"prod/app:feature/x", "reference.tag"},
      {"prod:1+2", "reference.tag"},
      {"local", "destination.repository"},
      {"local:1", "destination.repository"},
      {"shelf:1", "destination.repository"},
      {"", "destination.empty"},
      {"prod/", "destination.repository"},
      {"prod/App:1", "reference.repository"},
      {"prod/app:", "reference.tag"},
      {"prod/app:-1", "reference.tag"},
      {"prod/app:a:b", "reference.repository"},
      {"/", "destination.repository"},
      {"//app", "reference.repository"},
      {"ghcr.io/", "destination.repository"},
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
  CHECK(found("hub:1", {}, part) == "destination.repository");
}

TEST_CASE("destination: supports a URI that names one repository") {
  auto contents = registered({{"robot", "quay.io/acme/app"},
                              {"quay", "quay.io/acme"},
                              {"hub", "docker.io/acme/app"},
                              {"local", "localhost:5000/a/b"}});
  contents.active = "robot";
  const Row rows[] = {
      {"robot", "robot quay.io/acme/app:latest"},
      {"robot:1", "robot quay.io/acme/app:1"},
      {"robot@" + kDigest, "robot quay.io/acme/app@" + kDigest},
      {"robot:1@" + kDigest, "robot quay.io/acme/app:1@" + kDigest},
      {"robot/sub:1", "robot quay.io/acme/app/sub:1"},
      {"robot:", "reference.tag"},
      {"robot:a:b", "reference.repository"},
      {"robot/", "destination.repository"},
      {"/sub:1", "robot quay.io/acme/app/sub:1"},
      {"/:1", "destination.repository"},
      {"quay.io/acme/app", "robot quay.io/acme/app:latest"},
      {"quay.io/acme/app:1", "robot quay.io/acme/app:1"},
      {"quay.io/acme/app@" + kDigest, "robot quay.io/acme/app@" + kDigest},
      {"quay.io/acme/app/sub:1", "robot quay.io/acme/app/sub:1"},
      {"quay.io/acme/app2:1", "quay quay.io/acme/app2:1"},
      {"quay.io/acme:1", "quay quay.io/acme:1"},
      {"quay.io/other/app:1", "- quay.io/other/app:1"},
      {"hub:1", "hub docker.io/acme/app:1"},
      {"acme/app:1", "hub docker.io/acme/app:1"},
      {"docker.io/acme/app:1", "hub docker.io/acme/app:1"},
      {"index.docker.io/acme/app", "hub docker.io/acme/app:latest"},
      {"acme/other:1", "registry.unknown"},
      {"local:1", "local localhost:5000/a/b:1"},
      {"localhost:5000/a/b:1", "local localhost:5000/a/b:1"},
      {"localhost:5000/a:1", "- localhost:5000/a:1"},
      {"robto:1", "registry.unknown"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.typed);
    CHECK(found(row.typed, {}, contents) == row.expected);
  }
  TargetOptions robot;
  robot.registry = "robot";
  CHECK(found("quay.io/acme/app:1", robot, contents) == "robot quay.io/acme/app:1");
  CHECK(found("robot:1", robot, contents) == "robot quay.io/acme/app:1");
  CHECK(found("robot", robot, contents) == "robot quay.io/acme/app:latest");
  CHECK(found("quay.io/acme/app2:1", robot, contents) == "push.not-in-registry");
  TargetOptions unregistered;
  unregistered.flavor = "default";
  unregistered.uri = "quay.io/acme/app";
  CHECK(found("quay.io/acme/app:1", unregistered, contents) == "- quay.io/acme/app:1");
  CHECK(found("quay.io/acme/app2:1", unregistered, contents) == "push.not-in-registry");

  const auto index = built_in_flavors();
  const auto target = app::find_target("robot:1", {}, contents, index);
  REQUIRE(target.has_value());
  CHECK(target->image.repository.empty());
  CHECK(target->image.full_repository == "acme/app");
  const auto fix = [&](const std::string& typed) {
    return app::find_target(typed, {}, contents, index).error().fix();
  };
  CHECK(fix("robto:1") == "did you mean robot:1? For Docker Hub: docker.io/robto:1");
  CHECK(fix("robto/x:1") == "did you mean robot/x:1? For Docker Hub: docker.io/robto/x:1");
  auto whole = registered({{"local", "localhost:5000"}});
  CHECK(app::find_target("local:1", {}, whole, index).error().fix() == "write local/REPOSITORY:1");
}

TEST_CASE("destination: the near miss keeps the rest of the input, and Docker Hub is spelled out") {
  const auto contents = registered({{"prod", "ghcr.io/acme"}, {"staging", "localhost:5000"}});
  const auto index = built_in_flavors();
  const auto fix = [&](const std::string& typed) {
    return app::find_target(typed, {}, contents, index).error().fix();
  };
  CHECK(fix("pord/app:1") == "did you mean prod/app:1? For Docker Hub: docker.io/pord/app:1");
  CHECK(fix("other:1") == "berth registry list; for Docker Hub: docker.io/other:1");
  CHECK(fix("other/app") == "berth registry list; for Docker Hub: docker.io/other/app");
}

TEST_CASE("destination: --registry selects the registry, and the image must match it") {
  auto contents =
      registered({{"one", "example.com/x"}, {"two", "example.com/x"}, {"prod", "ghcr.io/acme"}});
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

TEST_CASE("destination: --flavor uses an unregistered URI for one command") {
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
  set.settings = {{"compression", "lz4"}};
  CHECK(of("ghcr.io/acme/app:1", set) == "setting.value");
}
