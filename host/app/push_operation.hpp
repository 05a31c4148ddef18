// PushOperation: the push of one image to one destination.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "app/early_start.hpp"
#include "app/push_events.hpp"
#include "app/push_report.hpp"
#include "app/push_request.hpp"
#include "app/target.hpp"
#include "push/blob_locations.hpp"
#include "push/digest_cache.hpp"
#include "push/fan_out.hpp"
#include "push/known_layers.hpp"
#include "push/missing_content.hpp"
#include "push/rate_limit.hpp"

namespace berth::app {

// What the operations of one command share. Must outlive them.
struct PushResources {
  push::DigestCache& cache;
  push::BlobLocations& locations;
  push::RateLimit* rate_limit = nullptr;  // nullptr: none
  image::Encoding encoding = {};          // of layers that berth compresses
};

// With several destinations, check() is called for all of them before push() is called for the
// first. Use from one thread at a time; check() may run in parallel with that of other operations.
// All references must outlive this object.
class PushOperation {
 public:
  // Starts the flavor. The destructor ends it; if neither check() nor push() was called, the
  // command has failed, and everything else that runs for it is cancelled.
  PushOperation(const App& app, const PushRequest& request, const Target& target,
                PushEvents& events, const PushResources& resources);
  ~PushOperation();
  PushOperation(const PushOperation&) = delete;
  PushOperation& operator=(const PushOperation&) = delete;

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const std::vector<flavor::Finding>& findings() const { return findings_; }
  // Validates the credentials and runs the preflight checks of the flavor; uploads, creates and
  // reports nothing.
  base::Result<void> check(push::PushSource& source, push::ManifestForm form);
  // Reports the findings of check().
  void report_findings();
  // `known`: layers that are known from another push of the command.
  [[nodiscard]] push::Plan plan(const image::Source& source, push::ManifestForm form,
                                const push::KnownLayers& known = {}) const;
  // Pushes; a manifest that berth creates is sent as `form`, or in the other form if the registry
  // rejects that one. Reports only findings that were not reported before. May be called again,
  // with another form. `sharing`: with other pushes of the command.
  struct Sharing {
    const push::FanOutMember* member = nullptr;  // of pushes in parallel; nullptr: none
    push::KnownLayers known = {};
  };
  base::Result<PushedImage> push(push::PushSource& source, push::ManifestForm form,
                                 const Sharing& sharing);
  // Destroys the flavor after the last push(). If that fails, a warning is reported; it changes no
  // result.
  void close();

 private:
  struct Connected;
  base::Result<Connected*> connect_once();
  base::Result<void> check_connected(Connected& connected, push::PushSource& source,
                                     const push::Plan& plan);
  base::Result<PushedImage> push_connected(Connected& connected, push::PushSource& source,
                                           const push::Plan& plan,
                                           const push::FanOutMember* member);
  [[nodiscard]] push::Options push_options() const;
  bool record(const flavor::Finding& finding);  // false if it was recorded before
  void found(const flavor::Finding& finding);  // records and reports, unless it was recorded before

  const App& app_;
  const PushRequest& request_;
  const Target& target_;
  PushEvents& events_;
  PushResources resources_;
  EarlyStart early_;
  std::unique_ptr<Connected> connected_;
  std::vector<flavor::Finding> findings_;
};

}  // namespace berth::app
