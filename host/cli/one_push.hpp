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
  bool require_verification = false;
};

struct PushedImage {
  base::Json document;      // the JSON of a success (CLI.md, "push")
  push::ManifestForm form;  // in which the manifest was accepted, if berth created it
};

// Pushes to one destination; a manifest that berth creates is sent as `form`, and in the other form where the registry
// does not accept that. What is known of a failure is in the context.
base::Result<PushedImage> push_one(Context& context, const PushOptions& options, const Target& target,
                                   EarlyStart& early, image::Source& source, push::ManifestForm form);

// The JSON of a dry run.
base::Json plan_json(const Context& context, const push::Plan& plan);
void print_plan(Context& context, const Target& target, const push::Plan& plan);

}  // namespace berth::cli
