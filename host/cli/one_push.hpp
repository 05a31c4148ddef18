// One image on its way to one destination, and what comes out of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/connection.hpp"
#include "cli/context.hpp"
#include "cli/early_start.hpp"
#include "cli/target.hpp"
#include "image/source.hpp"
#include "push/push.hpp"

namespace berth::cli {

struct PushOptions {
  TargetOptions target;
  NetworkOptions network;
  std::vector<std::string> tags;
  std::vector<oci::Platform> platforms;
  std::optional<std::string> digest_file;
  unsigned jobs = 0;
  bool dry_run = false;
  bool no_clobber = false;
};

// The JSON of a success (CLI.md, "push"); what is known of a failure is in the context.
base::Result<base::Json> push_one(Context& context, const PushOptions& options, const Target& target, EarlyStart& early,
                                  image::Source& source);

// The JSON of a dry run.
base::Json plan_json(const Context& context, const push::Plan& plan);
void print_plan(Context& context, const Target& target, const push::Plan& plan);

}  // namespace berth::cli
