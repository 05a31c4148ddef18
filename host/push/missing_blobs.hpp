// Manifests that a registry rejects because it does not have one of their blobs.
// A report that a blob exists (201 for a mount, 200 for HEAD) is no proof: registries answer from caches that outlived
// the blob (distribution/distribution#4569), and replicas learn of a blob later than others (goharbor/harbor#22417).
#pragma once

#include <set>
#include <string>

#include "push/push.hpp"
#include "push/transfer.hpp"

namespace berth::push {

// Sends the manifests of one push. References must outlive this object; used by one thread.
class ManifestSender {
 public:
  // `transferred` is what transfer_blobs() returned; blobs that are uploaded here are noted in it.
  ManifestSender(const Plan& plan, image::Source& source, Destination& destination, const Options& options,
                 Progress& progress, const base::Cancellation& cancellation, base::Log& log, Transferred& transferred);

  // Stores a manifest as Destination::put_manifest() does. If the destination does not know a blob of it, sends it once
  // more after Options::late_pause; then uploads the blobs that the error names, or, if it names none of them, all that
  // the destination only reported to have, and sends it again. Each blob is uploaded at most once in a push.
  base::Result<Receipt> put(const image::ReadyManifest& manifest, const std::string* reference);

 private:
  [[nodiscard]] std::vector<std::size_t> missing_blobs(const std::vector<std::string>& named) const;
  base::Result<bool> put_children(const std::vector<std::string>& named);

  const Plan& plan_;
  image::Source& source_;
  Destination& destination_;
  const Options& options_;
  Progress& progress_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  Transferred& transferred_;
  std::set<std::string> children_;  // digests of manifests that were sent a second time
};

}  // namespace berth::push
