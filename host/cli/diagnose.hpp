// Diagnoses a push: tries and times each step between this machine and a destination, or the local setup.
// Functions on values: no arguments of a command line, no JSON, no output.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/events.hpp"
#include "cli/connection.hpp"
#include "cli/diagnosis.hpp"
#include "cli/machine_diagnosis.hpp"
#include "cli/target.hpp"

namespace berth::cli {

struct DiagnoseRequest {
  std::string destination;
  TargetOptions target;
  NetworkOptions network;
  bool probe = false;  // requests with side effects are allowed: push access, an upload session
};

// Ends at the first step that fails; its error carries the flavor's explanation. Each request is sent once, and waits
// at most 15 s. Fails only if the registered container registries cannot be read.
base::Result<Diagnosis> diagnose(const app::App& app, DiagnoseRequest request, app::Events& events);

MachineDiagnosis diagnose_machine(const app::App& app, app::Events& events);

}  // namespace berth::cli
