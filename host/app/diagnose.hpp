// Diagnoses a push: tries and times each step between this machine and a destination, or the local
// setup. Functions on values: no arguments of a command line, no JSON, no output.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/diagnosis.hpp"
#include "app/events.hpp"
#include "app/find_target.hpp"
#include "app/machine_diagnosis.hpp"
#include "app/target.hpp"

namespace berth::app {

struct DiagnoseRequest {
  std::string destination = {};
  TargetOptions target = {};
  NetworkOptions network = {};
  bool probe = false;  // requests with side effects are allowed: push access, an upload session
};

// Ends at the first step that fails; its error carries the flavor's explanation. Each request is
// sent once, and waits at most 15 s. Fails only if the registered container registries cannot be
// read.
base::Result<Diagnosis> diagnose(const App& app, DiagnoseRequest request, Events& events);

MachineDiagnosis diagnose_machine(const App& app, Events& events);

}  // namespace berth::app
