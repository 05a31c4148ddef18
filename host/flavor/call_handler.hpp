// CallHandler: handles the requests and notifications of a plugin during one call, and collects its
// findings. Create one per call; use it from one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/service_calls.hpp"
#include "flavor/services.hpp"
#include "flavor/system_services.hpp"

namespace berth::flavor {

// The plugin that calls the host. References must outlive the handler.
struct CallingPlugin {
  const std::string& path;      // of the plugin file
  const std::string& uri_path;  // the path of the container registry's URI
  bool trusted;                 // the plugin is registered or installed
  std::string flavor = {};      // codes of findings start with it; empty: they are not checked
};

class CallHandler {
 public:
  // References must outlive this object.
  CallHandler(const Services& services, const CallingPlugin& plugin, const SystemServices& system,
              const base::Cancellation& cancellation, base::Log& log)
      : services_(services),
        uri_path_(plugin.uri_path),
        plugin_path_(plugin.path),
        trusted_(plugin.trusted),
        flavor_(plugin.flavor),
        system_(system),
        cancellation_(cancellation),
        log_(log) {}

  // Returns the ids of the services that need a registry and are available in this call, for the
  // worker. "push/1" is included only if `may_push`.
  [[nodiscard]] std::vector<std::string> available_services(bool may_push) const;
  // Handles a request and returns its outcome (channel::encode_outcome). Errors are part of it.
  base::Json handle_request(std::string_view method, const base::Json& params);
  // Handles a notification: writes a log line, or records a finding. Findings beyond 1,000,
  // malformed and unknown notifications are dropped.
  void handle_notification(std::string_view method, const base::Json& params);

  [[nodiscard]] std::vector<Finding>& findings() { return findings_; }
  // The report of the push that the host executed in this call; std::nullopt if it did not push, or
  // the push failed.
  [[nodiscard]] std::optional<push::Report>& report() { return report_; }
  [[nodiscard]] bool has_error() const;
  // The error of the push; std::nullopt if it did not fail.
  [[nodiscard]] std::optional<base::Error>& failure() { return failure_; }
  // Returns the error of a service that the plugin passed on (PluginError::host_error): the plugin
  // is not at fault. std::nullopt if no service returned an error with this id in this call.
  std::optional<base::Error> original_error(std::uint64_t id);
  // Why a finding was refused; empty if none was. Such a finding blocks the push.
  [[nodiscard]] const std::string& violation() const { return violation_; }
  [[nodiscard]] int pushes() const { return pushes_; }

 private:
  base::Json handle_registry(std::string_view method, const base::Json& params);
  base::Json handle_system(std::string_view method, const base::Json& params);
  base::Json execute_push();
  base::Json failed(std::int32_t status, base::Error error);
  void record(const channel::Report::Request& report);

  const Services& services_;
  const std::string& uri_path_;
  const std::string& plugin_path_;
  const bool trusted_;
  const std::string flavor_;
  const SystemServices& system_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  std::vector<Finding> findings_;
  std::optional<push::Report> report_;
  std::optional<base::Error> failure_;
  std::vector<base::Error> errors_;  // of services, by id - 1
  int pushes_ = 0;
  std::string violation_;
};

}  // namespace berth::flavor
