// push: executes a plan and verifies the result. Steps: transfer the blobs (in parallel, largest first), send the
// manifests (children first), tag, read the tags back.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "image/compressed_layer.hpp"
#include "push/plan.hpp"
#include "push/stored_content.hpp"
#include "registry/session.hpp"
#include "registry/upload_rules.hpp"

namespace berth::push {

enum class Action { uploaded, reused, mounted };

struct MovedBlob {
  oci::Digest digest;
  std::uint64_t size = 0;
  image::BlobKind kind = image::BlobKind::layer;
  Action action = Action::uploaded;
};

// Result of a push. Every tag was read back and points to `digest`, unless `unverified` is set.
struct Report {
  oci::Digest digest;  // of the root manifest, as stored
  std::vector<MovedBlob> blobs;
  std::uint64_t bytes_uploaded = 0;
  std::uint64_t bytes_reused = 0;
  // Why no tag was read back: the credentials do not permit it. The registry accepted the manifest with 201, or
  // returned its digest. std::nullopt: verified.
  std::optional<base::Error> unverified = std::nullopt;
  ManifestForm form = ManifestForm::docker;  // of a manifest that berth created
};

// Response of a destination that accepted a manifest.
struct Receipt {
  std::optional<oci::Digest> digest;  // std::nullopt if it returned none
  bool created = true;                // it reported 201, not only a success status
};

// How to look up a manifest.
enum class Lookup {
  quick,  // what the registry reports about it (HEAD)
  whole,  // its bytes (GET)
};

// Receives progress of a push. Called from any thread, never after push() returned.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;
  virtual void begin(const Plan& plan) = 0;
  // `bytes` more of `blob` (index into Plan::blobs) were sent. `position` is the progress within PlannedBlob::size:
  // the bytes sent, or for a layer compressed meanwhile, the bytes read.
  virtual void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) = 0;
  // The blob is sent again from its start.
  virtual void restarted(std::size_t blob) = 0;
  virtual void done(std::size_t blob, const MovedBlob& result) = 0;
  // A request or an upload failed and will be repeated. Called for every retry of this push.
  virtual void retrying(const http::RetryEvent& /*event*/) {}
};

// The target of a push: one repository of one destination. Thread-safe.
class Destination {
 public:
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  virtual ~Destination() = default;

  // Returns "localhost:5000/a/b" or "oci:/srv/images:team/app".
  [[nodiscard]] virtual std::string name() const = 0;
  // Returns a view of the content stored there. It must not outlive the destination.
  [[nodiscard]] virtual std::unique_ptr<StoredContent> content() = 0;
  // Uploads a blob whose digest is known, unless it exists. `source` is rewound for retries.
  virtual base::Result<Action> put_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) = 0;
  // Uploads a blob even if the destination reports that it exists.
  virtual base::Result<Action> upload_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) {
    return put_blob(digest, size, source);
  }
  // Uploads a blob whose digest is known only at its end. `bytes` yields the bytes of `layer` and is rewound for
  // retries.
  virtual base::Result<Action> put_layer(http::BodySource& bytes, const image::CompressedLayer& layer) = 0;
  // Stores a manifest under `reference`, the tag or digest that clients will request; nullptr: as a child of another
  // manifest. Error code "push.manifest-refused": the destination may not accept its media type.
  virtual base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest, const std::string* reference) = 0;
  // Returns the digest that `reference` points to; for a layout, after reading back everything below it. std::nullopt
  // if the manifest does not exist. An error means that it is not known. Never discards credentials.
  virtual base::Result<std::optional<oci::Digest>> resolve(const std::string& reference, Lookup lookup) = 0;
};

std::unique_ptr<Destination> registry_destination(registry::Session& session, std::string repository,
                                                  const registry::UploadRules& rules,
                                                  const base::Cancellation& cancellation, base::Log& log,
                                                  http::RetryObserver on_retry = {});
// `directory` of an OCI layout; the image is named NAME:TAG, or NAME@DIGEST without a tag.
base::Result<std::unique_ptr<Destination>> layout_destination(std::string directory, std::string name,
                                                              const base::Cancellation& cancellation);

// How long, and how often, to look for an accepted manifest.
struct VerificationLimits {
  std::chrono::milliseconds total{10'000};
  std::chrono::milliseconds first_pause{100};  // doubles
  std::chrono::milliseconds longest_pause{2'000};
};

struct Options {
  std::vector<std::string> tags;        // all point to the same digest; empty only with `expected`
  std::optional<oci::Digest> expected;  // the digest that the result must have, else class integrity
  unsigned jobs = 0;                    // parallel uploads; 0: automatic
  bool require_verification = false;    // a report with `unverified` is an error, code "push.unverified"
  VerificationLimits verification = {};
  // Delay before resending a manifest that was rejected for an unknown blob: some registries learn of a blob late.
  std::chrono::milliseconds late_pause{2'000};
};

// Executes `plan`, which was created from `source`. A manifest that berth creates is sent in the plan's form; if the
// registry does not accept its media type, in the other form. After any error no incomplete image is tagged, open
// upload sessions are deleted, and no temporary files are left.
base::Result<Report> push(const Plan& plan, image::Source& source, Destination& destination, const Options& options,
                          Progress& progress, const base::Cancellation& cancellation, base::Log& log);

}  // namespace berth::push
