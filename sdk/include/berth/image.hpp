// Image: the image of a push and its destination. Included by container_registry.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

struct Blob {
  std::string media_type;
  std::string digest;       // empty until the blob is compressed
  std::uint64_t bytes = 0;  // exact if `digest` is set, else an upper bound
};

// Image: immutable value. With has_content() false, digest(), media_type(), blobs() and platforms()
// are empty.
class Image {
 public:
  // Returns the full destination: "ghcr.io/acme/app:1.2".
  const std::string& reference() const { return reference_; }
  // Returns the repository below the container registry's URI: "app". Empty if it is the URI
  // itself.
  const std::string& repository() const { return repository_; }
  // Returns the repository below the host: "acme/app".
  const std::string& repository_path() const { return repository_path_; }
  // Returns the tag; empty with a digest reference.
  const std::string& tag() const { return tag_; }
  // Returns false in `berth check` without a source.
  bool has_content() const { return has_content_; }
  // Returns the manifest's digest; empty until all layers are compressed.
  const std::string& digest() const { return digest_; }
  // Returns the media type of the manifest.
  const std::string& media_type() const { return media_type_; }
  // Returns config and layers.
  const std::vector<Blob>& blobs() const { return blobs_; }
  // Returns the platforms: "linux/amd64".
  const std::vector<std::string>& platforms() const { return platforms_; }

 private:
  friend struct PluginAccess;
  friend class CallContext;
  std::string reference_, repository_, repository_path_, tag_, digest_, media_type_;
  bool has_content_ = false;
  std::vector<Blob> blobs_;
  std::vector<std::string> platforms_;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
