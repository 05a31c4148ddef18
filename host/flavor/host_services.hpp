// HostServices: handles the requests and notifications of a plugin during one call, and collects
// its findings. Create one per call; use it from one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flavor/host_tools.hpp"
#include "flavor/plugin.hpp"

namespace berth::flavor {

class HostServices {
 public:
  // References must outlive this object. `uri_path` is the path of the container registry's URI.
  // `trusted`: the plugin is registered or installed.
  HostServices(const Services& services, const std::string& uri_path, const std::string& plugin_path, bool trusted,
               const HostTools& tools, const base::Cancellation& cancellation, base::Log& log)
      : services_(services),
        uri_path_(uri_path),
        plugin_path_(plugin_path),
        trusted_(trusted),
        tools_(tools),
        cancellation_(cancellation),
        log_(log) {}

  // Returns the names of the services that need a registry and are available in this call, for the
  // worker. "push" is included only if `may_push`.
  [[nodiscard]] base::Json offered(bool may_push) const;
  // Handles a request ({"ask": …}) and returns the response. Errors of services become responses
  // with a status and a message for the plugin; they are not returned as errors.
  base::Result<base::Json> answer(const base::Json& question);
  // Handles a notification: writes a log line, or records a finding. Findings beyond 1,000 are
  // dropped.
  void take(const base::Json& notice);

  [[nodiscard]] std::vector<Finding>& findings() { return findings_; }
  // The report of the push that the host executed in this call; std::nullopt if it did not push, or
  // the push failed.
  [[nodiscard]] std::optional<push::Report>& report() { return report_; }
  [[nodiscard]] bool has_error() const;
  // The error of the push; std::nullopt if it did not fail.
  [[nodiscard]] std::optional<base::Error>& failure() { return failure_; }
  // If the plugin failed with exactly the message of the last service that failed, returns the
  // original error of that service: the plugin only passed it on and is not at fault. Otherwise
  // std::nullopt.
  std::optional<base::Error> passed_on(const std::string& words);
  [[nodiscard]] int pushes() const { return pushes_; }

 private:
  base::Json answer_registry(const std::string& what, const base::Json& question);
  base::Json answer_push();
  base::Json answer_with_tools(const base::Json& question);
  base::Json failed(base::Error error);

  const Services& services_;
  const std::string& uri_path_;
  const std::string& plugin_path_;
  const bool trusted_;
  const HostTools& tools_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  std::vector<Finding> findings_;
  std::optional<push::Report> report_;
  std::optional<base::Error> failure_;
  std::optional<base::Error> question_failure_;
  int pushes_ = 0;
};

}  // namespace berth::flavor
