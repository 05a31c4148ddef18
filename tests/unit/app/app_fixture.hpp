// TestApp: the app of a process that does not exist: environment and home directory of its own,
// recorded events.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/push_events.hpp"
#include "base/log.hpp"
#include "support/berth.hpp"

namespace berth::test {

// Records what a use case reports.
class RecordedEvents final : public app::PushEvents {
 public:
  void info(std::string_view text) override { infos.emplace_back(text); }
  void warning(std::string_view text) override { warnings.emplace_back(text); }
  void resolved(std::span<const app::ResolvedDestination> destinations) override {
    for (const auto& destination : destinations) references.push_back(destination.reference);
  }
  void finding(const flavor::Finding& finding) override { findings.push_back(finding.code); }
  void failed(const app::DestinationReport& report) override {
    failures.push_back(report.reference() + " " + report.error->code());
  }
  void begin(const push::Plan& /*plan*/) override {}
  void moved(std::size_t /*blob*/, std::uint64_t /*bytes*/, std::uint64_t /*position*/) override {}
  void restarted(std::size_t /*blob*/) override {}
  void done(std::size_t /*blob*/, const push::BlobResult& /*result*/) override {
    const std::lock_guard lock(mutex_);
    ++blobs;
  }
  void stage(std::string text) override { stages.push_back(std::move(text)); }
  void pause() override {}
  void finished(const push::Report& /*report*/, double /*seconds*/) override { ++pushes; }

  std::vector<std::string> infos;
  std::vector<std::string> warnings;
  std::vector<std::string> references;
  std::vector<std::string> findings;
  std::vector<std::string> failures;  // "REFERENCE code"
  std::vector<std::string> stages;
  int blobs = 0;
  int pushes = 0;

 private:
  std::mutex mutex_;
};

class TestApp {
 public:
  TestApp() {
    const std::string bin = berth_program();
    const std::string prefix = bin.substr(0, bin.rfind("/bin/"));
    app.paths = {.config = home / "config",
                 .config_home = home / ".config",
                 .data_home = home / "data",
                 .digest_cache = home / "cache/berth/digests",
                 .state = home / "state/berth",
                 .docker_config = home / "docker",
                 .legacy_auths = "",
                 .installed_flavors = prefix + "/lib/berth/flavors",
                 .worker_program = prefix + "/libexec/berth/berth-flavor-worker"};
  }

  TempDir home;
  // An empty registries.conf: that of the machine must not matter.
  std::map<std::string, std::string, std::less<>> variables = {
      {"CONTAINERS_REGISTRIES_CONF", home.write("registries.conf", "")},
      {"XDG_RUNTIME_DIR", home / "run"}};
  base::Cancellation cancellation;
  base::SilentLog log;
  app::App app{.environment = [this](std::string_view name) -> std::optional<std::string> {
                 const auto found = variables.find(name);
                 if (found == variables.end()) return std::nullopt;
                 return found->second;
               },
               .cancellation = cancellation,
               .log = log};
  RecordedEvents events;
};

}  // namespace berth::test
