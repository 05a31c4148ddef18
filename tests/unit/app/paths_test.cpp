// Where berth reads and writes files, and the error that is reported after a cancellation.
#include "app/paths.hpp"

#include <doctest/doctest.h>

#include <map>

#include "app/root_cause.hpp"

using namespace berth;

namespace {

app::Paths paths_of(const std::map<std::string, std::string, std::less<>>& variables,
                    const std::optional<std::string>& config_directory = std::nullopt) {
  const app::Environment environment = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return app::find_paths({.environment = environment,
                          .account_home = [] { return std::string("/account"); },
                          .program = "/opt/berth/bin/berth",
                          .config_directory = config_directory});
}

}  // namespace

TEST_CASE("app paths: are below HOME, or where the variables point") {
  const auto usual = paths_of({{"HOME", "/home/u"}});
  CHECK(usual.config == "/home/u/.config/berth");
  CHECK(usual.data_home == "/home/u/.local/share");
  CHECK(usual.digest_cache == "/home/u/.cache/berth/digests");
  CHECK(usual.config_home == "/home/u/.config");
  CHECK(usual.docker_config == "/home/u/.docker");
  CHECK(usual.legacy_auths == "/home/u/.dockercfg");
  CHECK(usual.installed_flavors == "/opt/berth/lib/berth/flavors");
  CHECK(usual.worker_program == "/opt/berth/libexec/berth/berth-flavor-worker");
  CHECK_FALSE(usual.config_is_explicit);
  const auto moved =
      paths_of({{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "/c"}, {"DOCKER_CONFIG", "/d"}}, "/e");
  CHECK(moved.config == "/e");
  CHECK(moved.config_is_explicit);
  CHECK(moved.config_home == "/c");
  CHECK(moved.docker_config == "/d");
}

TEST_CASE("app paths: a relative XDG directory is ignored") {
  CHECK(paths_of({{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "c"}}).config ==
        "/home/u/.config/berth");
}

TEST_CASE("app paths: without HOME, searches only the files of other tools") {
  const auto paths = paths_of({});
  CHECK(paths.config.empty());
  CHECK(paths.data_home.empty());
  CHECK(paths.digest_cache.empty());
  CHECK(paths.config_home == "/account/.config");
  CHECK(paths.docker_config == "/account/.docker");
}

TEST_CASE("app root cause: a failure after a cancellation is reported as the cancellation") {
  using base::Error;
  using base::ErrorClass;
  base::Cancellation cancellation;
  const Error failure(ErrorClass::network, "http.unreachable", "cannot connect to r.example");
  CHECK(app::root_cause(cancellation, failure).code() == "http.unreachable");
  cancellation.request(base::Cancellation::Reason::interrupt);
  const auto interrupted = app::root_cause(cancellation, failure);
  CHECK(interrupted.error_class() == ErrorClass::interrupted);
  CHECK(interrupted.cause() == failure.message());
  CHECK(app::root_cause(cancellation, Error(ErrorClass::integrity, "push.moved", "tag moved"))
            .code() == "push.moved");
  base::Cancellation abandoned;
  abandoned.request(base::Cancellation::Reason::abandoned);
  CHECK(app::root_cause(abandoned, failure).code() == "http.unreachable");
}
