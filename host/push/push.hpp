// push: executes a plan and verifies the result. Steps: transfer the blobs (in parallel, largest
// first), send the manifests (children first), tag, read the tags back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "push/blob_result.hpp"
#include "push/plan.hpp"
#include "push/push_context.hpp"

namespace berth::push {

// Result of a push. Every tag was read back and points to `digest`, unless `unverified` is set.
struct Report {
  oci::Digest digest;                  // of the root manifest, as stored
  std::vector<BlobResult> blobs = {};  // in the plan's order
  std::uint64_t bytes_uploaded = 0;
  std::uint64_t bytes_reused = 0;   // the repository had them
  std::uint64_t bytes_mounted = 0;  // from other repositories of the registry
  // Why no tag was read back: the credentials do not permit it. The registry accepted the manifest
  // with 201, or returned its digest. std::nullopt: verified.
  std::optional<base::Error> unverified = std::nullopt;
  ManifestForm form = ManifestForm::docker;  // of a manifest that berth created
};

// Executes the plan of `context`. A manifest that berth creates is sent in the plan's form; if the
// registry does not accept its media type, in the other form. After any error no incomplete image
// is tagged, open upload sessions are deleted, and no temporary files are left. Errors: those of
// the source and the destination; class integrity, "push.digest-mismatch" (Options::expected),
// "push.manifest-digest", "push.moved" and "push.vanished"; "push.unconfirmed" and
// "push.unverified" if the result cannot be verified; interrupted. A failed upload is noted with
// the blob's position.
base::Result<Report> push(const PushContext& context);

}  // namespace berth::push
