// Registering and managing container registries, without a process.
#include "app/container_registries.hpp"

#include <doctest/doctest.h>

#include "app/app_fixture.hpp"
#include "app/describe.hpp"

using namespace berth;
using test::TestApp;

namespace {

base::Result<store::ContainerRegistry> register_layout(TestApp& process, const std::string& name) {
  return app::register_container_registry(process.app,
                                          {.name = name,
                                           .flavor = "layout",
                                           .uri = "oci:" + (process.home / name),
                                           .labels = {{"team", "x"}}},
                                          process.events);
}

// Names, separated by commas; the active one is marked with a star.
std::string names(TestApp& process) {
  const auto contents = app::list_container_registries(process.app, process.events);
  if (!contents) return contents.error().code();
  std::string list;
  for (const auto& registry : contents->container_registries)
    list +=
        (list.empty() ? "" : ",") + registry.name + (registry.name == contents->active ? "*" : "");
  return list;
}

std::string code_of(const base::Result<void>& result) {
  return result ? "" : result.error().code();
}

}  // namespace

TEST_CASE("app container registries: register, use, rename, copy, delete") {
  TestApp process;
  CHECK(app::active_container_registry(process.app, process.events).error().code() ==
        "registry.no-active");
  const auto registered = register_layout(process, "shelf");
  REQUIRE(registered.has_value());
  CHECK(registered->labels.size() == 1);
  CHECK(register_layout(process, "shelf").error().code() == "registry.exists");
  CHECK(register_layout(process, "No Name").has_value() == false);
  CHECK(code_of(app::set_active_container_registry(process.app, "shelf", process.events)).empty());
  CHECK(names(process) == "shelf*");
  CHECK(
      code_of(app::copy_container_registry(process.app, "shelf", "twin", process.events)).empty());
  CHECK(code_of(app::rename_container_registry(process.app, "shelf", "rack", process.events))
            .empty());
  CHECK(names(process) == "rack*,twin");
  CHECK(app::active_container_registry(process.app, process.events)->name == "rack");
  const auto remove = [&](const std::string& name, app::IfActive if_active) {
    return code_of(app::delete_container_registry(process.app, name, if_active, process.events));
  };
  CHECK(remove("rack", app::IfActive::fail) == "registry.active");
  CHECK(names(process) == "rack*,twin");
  CHECK(remove("rack", app::IfActive::remove).empty());
  CHECK(remove("rack", app::IfActive::remove) == "registry.unknown");
  CHECK(names(process) == "twin");
}

TEST_CASE("app container registries: an update applies all changes or none") {
  TestApp process;
  REQUIRE(app::register_container_registry(process.app,
                                           {.name = "local",
                                            .flavor = "default",
                                            .uri = "localhost:5000",
                                            .settings = {{"tls", "true"}}},
                                           process.events)
              .has_value());
  const auto update = [&](app::UpdateRequest request) {
    request.name = "local";
    return code_of(app::update_container_registry(process.app, request, process.events));
  };
  const auto setting = [&](const std::string& name) {
    const auto described = app::describe_container_registry(process.app, "local", process.events);
    REQUIRE(described.has_value());
    for (const auto& one : described->settings)
      if (one.setting.name == name) return one.source + " " + one.value.dump();
    return std::string("absent");
  };
  CHECK(setting("tls") == "registered true");
  CHECK(update({.uri = "localhost:6000", .set = {{"nope", "1"}}}) == "setting.unknown");
  CHECK(
      app::describe_container_registry(process.app, "local", process.events)->registry.uri.str() ==
      "localhost:5000");
  CHECK(update({.uri = "localhost:6000", .unset = {"tls"}}).empty());
  CHECK(setting("tls") == "default false");
  CHECK(
      app::describe_container_registry(process.app, "local", process.events)->registry.uri.str() ==
      "localhost:6000");
  process.variables["BERTH_CA_FILE"] = "/etc/ca.pem";
  CHECK(setting("ca-file") == "BERTH_CA_FILE \"/etc/ca.pem\"");
  CHECK(app::describe_container_registry(process.app, "", process.events).error().code() ==
        "registry.no-active");
}

TEST_CASE("app container registries: without HOME nothing is stored") {
  TestApp process;
  process.app.paths.config.clear();
  CHECK(register_layout(process, "shelf").error().code() == "usage.no-home");
  const auto contents = app::list_container_registries(process.app, process.events);
  REQUIRE(contents.has_value());
  CHECK_FALSE(contents->unavailable.empty());
}
