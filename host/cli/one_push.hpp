// PushOperation: the push of one image to one destination, and its result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/connection.hpp"
#include "app/early_start.hpp"
#include "app/target.hpp"
#include "cli/context.hpp"
#include "cli/progress.hpp"
#include "image/source.hpp"
#include "push/push.hpp"

namespace berth::cli {

struct PushOptions {
  app::TargetOptions target;
  app::NetworkOptions network;
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

// The push of one image to one destination. With several destinations, check() is called for all of them before push()
// is called for the first. Use from one thread at a time; check() may run in parallel with that of other operations.
// All references must outlive this object.
class PushOperation {
 public:
  // Starts the flavor. The destructor ends it; if neither check() nor push() was called, the command has failed, and
  // everything else that runs for it is cancelled.
  PushOperation(Context& context, const PushOptions& options, const app::Target& target, PushProgress& progress);
  ~PushOperation();
  PushOperation(const PushOperation&) = delete;
  PushOperation& operator=(const PushOperation&) = delete;

  [[nodiscard]] const app::Target& target() const;
  // Validates the credentials and runs the preflight checks of the flavor; uploads and creates nothing, prints nothing.
  base::Result<void> check(image::Source& source, push::ManifestForm form);
  // Prints what check() found. In JSON, findings are also in the context (`known`) until the next target.
  void show_findings();
  // Pushes; a manifest that berth creates is sent as `form`, or in the other form if the registry rejects that one.
  // Prints only findings that were not printed before. May be called again, with another form.
  base::Result<PushedImage> push(image::Source& source, push::ManifestForm form);
  // Destroys the flavor after the last push(). What fails in that changes no result; it is printed as a warning.
  void close();

 private:
  struct Connected;
  base::Result<Connected*> connect_once();
  base::Result<void> check_connected(Connected& connected, image::Source& source, const push::Plan& plan);
  base::Result<PushedImage> push_connected(Connected& connected, image::Source& source, const push::Plan& plan);
  bool record(const flavor::Finding& finding);  // false: known already
  void print(const flavor::Finding& finding);
  void found(const flavor::Finding& finding);  // records and prints, unless known already

  Context& context_;
  const PushOptions& options_;
  const app::Target& target_;
  PushProgress& progress_;
  app::EarlyStart early_;
  std::unique_ptr<Connected> connected_;
  std::vector<flavor::Finding> findings_;
};

// The JSON of a dry run.
base::Json plan_json(const Context& context, const push::Plan& plan);
void print_plan(Context& context, const app::Target& target, const push::Plan& plan);

}  // namespace berth::cli
