// The steps of a diagnosis that concern a registry, from registries.conf to the upload session.
#pragma once

#include "cli/connection.hpp"
#include "cli/diagnosis.hpp"
#include "cli/target.hpp"

namespace berth::cli {

// Tries them until one fails, and stores their outcomes in `diagnosis`. Without `probe` only pull access is requested,
// and no request has side effects. `plugin` is the running flavor of `target`: it provides credentials and explains
// errors.
void diagnose_registry(Context& context, const Target& target, const NetworkOptions& network, bool probe,
                       flavor::Plugin& plugin, Diagnosis& diagnosis);

}  // namespace berth::cli
