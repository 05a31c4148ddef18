// Managing flavors and explaining their findings, without a process.
#include "app/flavors.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/container_registries.hpp"
#include "app/describe.hpp"
#include "app/explain.hpp"

using namespace berth;
using test::TestApp;

namespace {

// A copy of an installed plugin in the test's directory.
std::string copied_plugin(const TestApp& process, const std::string& file) {
  for (boost::filesystem::recursive_directory_iterator it(process.app.paths.installed_flavors), end;
       it != end; ++it)
    if (it->path().filename().string().find(file) != std::string::npos)
      return process.home.write("plugins/" + it->path().filename().string(),
                                test::slurp(it->path().string()));
  return "";
}

}  // namespace

TEST_CASE("app flavors: installed flavors are listed, described and explained") {
  TestApp process;
  const auto list = app::list_flavors(process.app, process.events);
  REQUIRE(list.has_value());
  const auto is_layout = [](const auto& candidate) { return candidate.flavor() == "layout"; };
  CHECK(std::ranges::any_of(list->in_use, is_layout));
  CHECK(std::ranges::none_of(list->others, is_layout));
  const auto description = app::describe_flavor(process.app, "layout", process.events);
  REQUIRE(description.has_value());
  CHECK(description->plugin.metadata->flavor == "layout");
  CHECK(app::describe_flavor(process.app, "nope", process.events).error().code() ==
        "flavor.unknown");
  const auto explanation = app::explain(process.app, "layout.docker-manifest", process.events);
  REQUIRE(explanation.has_value());
  REQUIRE(explanation->size() == 1);
  CHECK(explanation->front().flavor == "layout");
  CHECK_FALSE(explanation->front().meaning.empty());
  CHECK(app::explain(process.app, "layout.nope", process.events).error().code() ==
        "explain.unknown");
}

TEST_CASE("app flavors: a plugin is inspected, pinned and deleted") {
  TestApp process;
  const auto plugin = copied_plugin(process, "layout");
  REQUIRE_FALSE(plugin.empty());
  const auto unlisted = app::explain_selection(process.app, plugin, process.events);
  REQUIRE(unlisted.has_value());
  REQUIRE(unlisted->size() == 1);
  CHECK(unlisted->front().code == "flavor.not-on-path");
  const auto candidates = app::inspect_plugins(process.home / "plugins");
  REQUIRE(candidates.has_value());
  REQUIRE(candidates->size() == 1);
  const auto& sha256 = candidates->front().sha256;
  CHECK(app::check_reviewed(*candidates, sha256).has_value());
  CHECK(app::check_reviewed(*candidates, std::string(64, '0')).error().code() ==
        "flavor.not-reviewed");
  CHECK(app::check_reviewed(*candidates, "00").error().code() == "usage.sha256");
  REQUIRE(app::register_flavors(process.app, *candidates, app::PinKind::bytes, process.events)
              .has_value());
  CHECK(app::explain_selection(process.app, plugin, process.events)->front().in_use());
  REQUIRE(app::register_container_registry(
              process.app,
              {.name = "shelf", .flavor = "layout", .uri = "oci:" + process.home.path()},
              process.events)
              .has_value());
  CHECK(app::delete_flavor(process.app, "layout", process.events).error().code() ==
        "flavor.in-use");
  REQUIRE(app::delete_container_registry(process.app, "shelf", app::IfActive::fail, process.events)
              .has_value());
  CHECK(app::delete_flavor(process.app, "layout", process.events).has_value());
  CHECK(app::delete_flavor(process.app, "layout", process.events).error().code() ==
        "flavor.not-registered");
}

TEST_CASE("app flavors: another file of a registered flavor replaces it, two at once fail") {
  TestApp process;
  const auto plugin = copied_plugin(process, "layout");
  const auto other = process.home.write("other/layout.so", test::slurp(plugin));
  for (const auto& path : {plugin, other}) {
    const auto candidates = app::inspect_plugins(path);
    REQUIRE(candidates.has_value());
    REQUIRE(app::register_flavors(process.app, *candidates, app::PinKind::bytes, process.events)
                .has_value());
    CHECK(app::describe_flavor(process.app, "layout", process.events)->plugin.path == path);
  }
  process.home.write("other/second.so", test::slurp(plugin));
  const auto both = app::inspect_plugins(process.home / "other");
  REQUIRE(both.has_value());
  CHECK(app::register_flavors(process.app, *both, app::PinKind::bytes, process.events)
            .error()
            .code() == "flavor.registered-twice");
}

TEST_CASE("app flavors: a development pin survives rebuilds, but not another flavor") {
  TestApp process;
  const auto plugin = copied_plugin(process, "layout");
  for (const auto kind : {app::PinKind::bytes, app::PinKind::development}) {
    const auto candidates = app::inspect_plugins(plugin);
    REQUIRE(app::register_flavors(process.app, *candidates, kind, process.events).has_value());
    process.home.write("plugins/layout.so", test::slurp(plugin) + "rebuilt");
    const auto found = app::explain_selection(process.app, plugin, process.events);
    REQUIRE(found.has_value());
    CHECK(found->front().in_use() == (kind == app::PinKind::development));
  }
  process.home.write("plugins/layout.so",
                     test::slurp(process.app.paths.installed_flavors + "/default.so"));
  const auto other = app::explain_selection(process.app, plugin, process.events);
  REQUIRE(other.has_value());
  CHECK(other->front().code == "flavor.changed");
}

TEST_CASE("app flavors: an empty directory has no plugin") {
  TestApp process;
  process.home.write("empty/readme", "");
  CHECK(app::inspect_plugins(process.home / "empty").error().code() == "flavor.empty-folder");
}
