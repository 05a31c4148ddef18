// The chain of steps between this machine and a push into a registry, each tried and timed: what `berth doctor` does.
#pragma once

#include <string>
#include <vector>

#include "cli/connection.hpp"
#include "cli/examination.hpp"
#include "cli/target.hpp"

namespace berth::cli {

// "registries.conf", "proxy", "name" … "push", in the order in which they happen.
std::vector<std::string> registry_steps();

// Tries them until one fails. Without `probe` nothing is asked that may create something: reading alone is asked for.
// `log` is the context's; `plugin` the target's flavor, at work.
void examine_registry(Context& context, WatchingLog& log, const Target& target, flavor::Plugin& plugin,
                      const NetworkOptions& options, bool probe, Examination& seen);

}  // namespace berth::cli
