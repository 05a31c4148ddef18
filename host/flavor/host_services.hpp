// HostServices: what the host answers during one call of a plugin, and what the plugin reported. One call, one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flavor/plugin.hpp"

namespace berth::flavor {

class HostServices {
 public:
  // All outlive the call.
  HostServices(const Services& services, const std::string& plugin_path, const base::Cancellation& cancellation,
               base::Log& log)
      : services_(services), plugin_path_(plugin_path), cancellation_(cancellation), log_(log) {}

  // The services by the names that the worker offers to the plugin.
  [[nodiscard]] base::Json offered(bool may_push) const;
  base::Result<base::Json> answer(const base::Json& question);
  void take(const base::Json& notice);

  [[nodiscard]] std::vector<Finding>& findings() { return findings_; }
  // The host's own record of the push.
  [[nodiscard]] std::optional<push::Report>& report() { return report_; }
  // Why the push failed, when it did.
  [[nodiscard]] std::optional<base::Error>& failure() { return failure_; }
  [[nodiscard]] int pushes() const { return pushes_; }

 private:
  base::Result<base::Json> answer_manifest(const base::Json& question);
  base::Result<base::Json> answer_blob(const base::Json& question);
  base::Json answer_push();

  const Services& services_;
  const std::string& plugin_path_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  std::vector<Finding> findings_;
  std::optional<push::Report> report_;
  std::optional<base::Error> failure_;
  int pushes_ = 0;
};

}  // namespace berth::flavor
