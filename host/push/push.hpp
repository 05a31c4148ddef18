// push: carries a plan out and proves it. Reads top to bottom: transfer the blobs (several at once, largest first),
// put the manifests (children first), tag, prove.
#pragma once

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

// What was proven. There is no report without proof.
struct Report {
  oci::Digest digest;  // of the root manifest, as stored
  std::vector<MovedBlob> blobs;
  std::uint64_t bytes_uploaded = 0;
  std::uint64_t bytes_reused = 0;
};

// Told what happens, from any thread, never after push() returned.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;
  virtual void begin(const Plan& plan) = 0;
  // `blob` is the place in Plan::blobs; `bytes` more went out (compressed bytes for raw layers).
  virtual void moved(std::size_t blob, std::uint64_t bytes) = 0;
  virtual void restarted(std::size_t blob) = 0;  // a retry: what moved() said of this blob is void
  virtual void done(std::size_t blob, Action action) = 0;
  // A request or an upload failed and will be repeated. Called for every retry of this push, whatever it transfers.
  virtual void retrying(const http::RetryEvent& /*event*/) {}
};

// Where a push goes: one repository of one destination. Safe from any thread.
class Destination {
 public:
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  virtual ~Destination() = default;

  // "localhost:5000/a/b" or "oci:/srv/images:team/app"
  [[nodiscard]] virtual std::string name() const = 0;
  // Uploads a blob whose digest is known; skips when it is there. `source` is rewound for retries.
  virtual base::Result<Action> put_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) = 0;
  // Uploads a blob whose digest is known only at its end. `bytes` yields what `layer` yields; is rewound for retries.
  virtual base::Result<Action> put_layer(http::BodySource& bytes, const image::CompressedLayer& layer) = 0;
  // `reference` is the tag or digest by which the image will be asked for; null: a child of another manifest.
  virtual base::Result<void> put_manifest(const image::ReadyManifest& manifest, const std::string* reference) = 0;
  // What the reference names now, proven from the stored side: the digest the registry reports, else the hash of what
  // it returns; for a layout, of all that is read back. Nothing: there is no such image.
  virtual base::Result<std::optional<oci::Digest>> resolve(const std::string& reference) = 0;
};

std::unique_ptr<Destination> registry_destination(registry::Session& session, std::string repository,
                                                  const registry::UploadRules& rules,
                                                  const base::Cancellation& cancellation, base::Log& log,
                                                  http::RetryObserver on_retry = {});
// `directory` of an OCI layout; the image is stored as NAME:TAG, or NAME@DIGEST without a tag.
base::Result<std::unique_ptr<Destination>> layout_destination(std::string directory, std::string name,
                                                              const base::Cancellation& cancellation);

struct Options {
  std::vector<std::string> tags;        // all get the same digest; empty only with `expected`
  std::optional<oci::Digest> expected;  // the digest that must come out, else class integrity
  unsigned jobs = 0;                    // blobs at once; 0: chosen
};

// `source` is what `plan` was made of. On any error nothing is tagged that was not complete, open upload sessions are
// deleted, and no temporary file is left.
base::Result<Report> push(const Plan& plan, image::Source& source, Destination& destination, const Options& options,
                          Progress& progress, const base::Cancellation& cancellation, base::Log& log);

}  // namespace berth::push
