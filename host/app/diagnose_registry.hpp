// The steps of a diagnosis that concern a registry, from registries.conf to the upload session.
#pragma once

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/diagnosis.hpp"
#include "app/events.hpp"
#include "app/target.hpp"

namespace berth::app {

struct RegistryToDiagnose {
  const Target& target;
  const NetworkOptions& network;
  flavor::Plugin&
      plugin;          // the running flavor of `target`: provides credentials and explains errors
  bool probe = false;  // if not set, only pull access is requested, and no request has side effects
};

// Tries the steps until one fails, and stores their outcomes in `diagnosis`.
void diagnose_registry(const App& app, const RegistryToDiagnose& registry, Diagnosis& diagnosis,
                       Events& events);

}  // namespace berth::app
