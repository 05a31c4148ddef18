// BlobLocations: which repositories of a registry were seen to have a blob, so that a push to
// another repository of it can have the blob mounted. Only a hint: a blob counts as mounted once
// the registry confirms it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "image/source.hpp"
#include "push/blob_result.hpp"
#include "push/digest_cache.hpp"
#include "push/plan.hpp"

namespace berth::push {

// Remembers what this process has seen, and in the cache what earlier ones have. Thread-safe.
class BlobLocations {
 public:
  // `cache` must outlive this object.
  explicit BlobLocations(DigestCache& cache) : cache_(cache) {}

  // Returns repositories of the registry `host`, the latest first.
  [[nodiscard]] std::vector<std::string> find(std::string_view host, const oci::Digest& blob) const;
  // Records that a successful push found or stored the blobs in `repository`.
  void add(const std::string& host, const std::string& repository,
           const std::vector<BlobResult>& blobs);

 private:
  DigestCache& cache_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> seen_;  // by host and digest; guarded by mutex_
};

// Sets PlannedBlob::mount_from of the blobs whose digest is known and which other repositories of
// the destination's registry have: the source's repository, and those in `locations`. Of several,
// the one that has most blobs of the plan, since each requires another token. Not of blobs that
// `destination` itself was seen to have.
void add_mounts(const image::RegistryLocation& destination, const image::Source& source,
                const BlobLocations& locations, Plan& plan);

}  // namespace berth::push
