// Checks a plugin before it is given to others: whether its file runs on other machines, and
// whether each of its functions copes with what berth may pass. It runs in the worker's sandbox,
// without permissions: no file, variable, program or host of the user is accessed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/conformance_check.hpp"
#include "app/events.hpp"
#include "base/result.hpp"

namespace berth::app {

struct ConformanceRequest {
  std::string path;
  std::string uri = "registry.example.com/conformance";         // for create()
  std::vector<std::pair<std::string, std::string>> settings{};  // K=V
};

struct ConformanceReport {
  std::string flavor, version, path, sha256;
  std::vector<ConformanceCheck> checks;
  [[nodiscard]] bool passed() const;
};

// Fails only if there is no plugin to check: the errors of flavor::inspect_plugin(); class trust,
// code "flavor.changed", if the file changes meanwhile; class usage for settings that the schema
// does not allow. Everything else is a check of the report.
base::Result<ConformanceReport> check_conformance(const App& app, const ConformanceRequest& request,
                                                  Events& events);

}  // namespace berth::app
