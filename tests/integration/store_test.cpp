// registries.json under processes that change it in parallel, and under processes that are killed
// during a change.
#include <doctest/doctest.h>

#include <poll.h>
#include <csignal>

#include <memory>
#include <random>
#include <thread>

#include "base/json_parser.hpp"
#include "support/berth.hpp"

using namespace berth;
using test::Berth;

namespace {

using Running = std::vector<std::unique_ptr<test::BackgroundCommand>>;

std::unique_ptr<test::BackgroundCommand> start(const Berth& berth,
                                               std::vector<std::string> arguments,
                                               const std::string& log) {
  arguments.insert(arguments.begin(), test::berth_program());
  return std::make_unique<test::BackgroundCommand>(arguments, berth.home() / log,
                                                   berth.environment());
}

std::vector<std::string> register_arguments(const std::string& name) {
  return {"registry", "register", name, "--flavor", "default", "--uri", "localhost:5000/" + name};
}

void wait_for(Running& running) {
  for (auto& process : running)
    while (process->running()) ::poll(nullptr, 0, 5);
}

std::vector<std::string> registered_names(const Berth& berth) {
  const auto text = berth.registries_json();
  const auto document = base::parse_json(text, "registries.json");
  REQUIRE_MESSAGE(document.has_value(), text);
  std::vector<std::string> names;
  for (const auto& registry : *document->find("container_registries")->as_array())
    names.push_back(registry.string_or("name", ""));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("store: twenty processes that register in parallel lose no registration") {
  for (int round = 0; round < 5; ++round) {
    const Berth berth;
    Running running;
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      expected.push_back("r" + std::to_string(i));
      running.push_back(
          start(berth, register_arguments(expected.back()), "log" + std::to_string(i)));
    }
    wait_for(running);
    std::sort(expected.begin(), expected.end());
    CHECK(registered_names(berth) == expected);
  }
}

TEST_CASE("store: processes that register and delete in parallel leave a consistent file") {
  const Berth berth;
  for (int i = 0; i < 8; ++i)
    REQUIRE(berth.run(register_arguments("old" + std::to_string(i))).status == 0);
  Running running;
  std::vector<std::string> expected;
  for (int i = 0; i < 8; ++i) {
    running.push_back(
        start(berth, {"registry", "delete", "old" + std::to_string(i)}, "d" + std::to_string(i)));
    expected.push_back("new" + std::to_string(i));
    running.push_back(start(berth, register_arguments(expected.back()), "n" + std::to_string(i)));
  }
  wait_for(running);
  CHECK(registered_names(berth) == expected);
}

TEST_CASE("store: exactly one of twenty processes registers a given name") {
  const Berth berth;
  Running running;
  for (int i = 0; i < 20; ++i)
    running.push_back(start(berth, register_arguments("same"), "log" + std::to_string(i)));
  wait_for(running);
  CHECK(registered_names(berth) == std::vector<std::string>{"same"});
}

TEST_CASE("store: the file stays complete if a writer is killed") {
  const Berth berth;
  REQUIRE(berth.run(register_arguments("a")).status == 0);
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    auto writer = start(berth, {"registry", i % 2 == 0 ? "rename" : "use", "a", "a"}, "log");
    ::poll(nullptr, 0, static_cast<int>(random() % 12));
    ::kill(writer->pid(), SIGKILL);
    while (writer->running()) ::poll(nullptr, 0, 1);
    CHECK(registered_names(berth) == std::vector<std::string>{"a"});
  }
  CHECK_MESSAGE(berth.run({"registry", "use", "a"}).status == 0,
                "the lock of a killed process is gone with it");
}

TEST_CASE("store: waits for a lock of another process until the overall timeout") {
  const Berth berth;
  REQUIRE(berth.run(register_arguments("a")).status == 0);
  const auto before = berth.registries_json();
  const test::BackgroundCommand holder({"flock", berth.home() / "config/berth/registries.lock",
                                        "sh", "-c", "echo held; exec sleep 60"},
                                       berth.home() / "holder");
  while (test::slurp(berth.home() / "holder").empty()) ::poll(nullptr, 0, 5);
  const auto refused = berth.run({"--timeout", "300ms", "registry", "use", "a"});
  CHECK(refused.status == 8);
  CHECK(test::is_error_of_class(refused, "stall"));
  CHECK(berth.registries_json() == before);
  CHECK(berth.run({"registry", "list"}).status == 0);
}
