// HostServices: what the host answers during one call of a plugin, and what the plugin reported. One call, one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flavor/host_tools.hpp"
#include "flavor/plugin.hpp"

namespace berth::flavor {

class HostServices {
 public:
  // The references must outlive the call. `uri_path` is the path of the container registry's uri; `trusted`: the plugin
  // is registered or installed.
  HostServices(const Services& services, const std::string& uri_path, const std::string& plugin_path, bool trusted,
               const HostTools& tools, const base::Cancellation& cancellation, base::Log& log)
      : services_(services),
        uri_path_(uri_path),
        plugin_path_(plugin_path),
        trusted_(trusted),
        tools_(tools),
        cancellation_(cancellation),
        log_(log) {}

  // The services by the names that the worker offers to the plugin.
  [[nodiscard]] base::Json offered(bool may_push) const;
  base::Result<base::Json> answer(const base::Json& question);
  void take(const base::Json& notice);

  [[nodiscard]] std::vector<Finding>& findings() { return findings_; }
  // The host's own record of the push.
  [[nodiscard]] std::optional<push::Report>& report() { return report_; }
  [[nodiscard]] bool has_error() const;
  // Why the push failed, when it did.
  [[nodiscard]] std::optional<base::Error>& failure() { return failure_; }
  // The error behind the last question that failed, when the plugin's words are those that it was given for it: then
  // it is no fault of the plugin.
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
