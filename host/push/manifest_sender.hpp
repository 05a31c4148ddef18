// ManifestSender: handles manifests that a registry rejects because one of their blobs is missing.
// A reported blob (201 for a mount, 200 for HEAD) may be missing: registries respond from caches
// that outlived the blob (distribution/distribution#4569), and replicas learn of a blob late.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "push/blob_transfer.hpp"
#include "push/push_context.hpp"

namespace berth::push {

// Sends the manifests of one push. References must outlive this object; used by one thread.
class ManifestSender {
 public:
  // `transferred` is the result of transfer_blobs(); blobs that are uploaded here are added to it.
  ManifestSender(const PushContext& context, TransferResult& transferred)
      : context_(context), transferred_(transferred) {}

  // Stores a manifest as Destination::put_manifest() does. If the destination does not know a blob
  // of it, sends the manifest again after Options::late_pause. If that fails too, uploads the blobs
  // that the error names, or, if it names none, all blobs that the destination only reported to
  // have, and sends the manifest again. Each blob is uploaded at most once per push.
  base::Result<Receipt> put(const image::ReadyManifest& manifest, const std::string* reference);

 private:
  [[nodiscard]] std::vector<std::size_t> missing_blobs(const std::vector<std::string>& named) const;
  base::Result<bool> put_children(const std::vector<std::string>& named);

  const PushContext& context_;
  TransferResult& transferred_;
  std::set<std::string> children_;  // digests of manifests that were sent again
};

}  // namespace berth::push
