// Image: what is to be pushed, as a flavor sees it. Included by container_registry.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth {

struct Blob {
  std::string media_type;
  std::string digest;       // empty while it is not compressed yet
  std::uint64_t bytes = 0;  // exact with a digest, else an upper bound
};

// The image that is to be pushed, and where to.
class Image {
 public:
  // The full destination: "ghcr.io/acme/app:1.2".
  const std::string& reference() const { return reference_; }
  // Below the container registry's uri: "app". Empty if the uri names exactly this repository.
  const std::string& repository() const { return repository_; }
  // Below the host: "acme/app".
  const std::string& repository_path() const { return repository_path_; }
  // Empty with a digest reference.
  const std::string& tag() const { return tag_; }
  // False in `check` without a source: nothing below is known then.
  bool has_content() const { return has_content_; }
  // Of the manifest; empty while layers are not compressed yet.
  const std::string& digest() const { return digest_; }
  const std::string& media_type() const { return media_type_; }
  // Config and layers.
  const std::vector<Blob>& blobs() const { return blobs_; }
  // "linux/amd64"
  const std::vector<std::string>& platforms() const { return platforms_; }

 private:
  friend struct PluginAccess;
  friend class CallContext;
  std::string reference_, repository_, repository_path_, tag_, digest_, media_type_;
  bool has_content_ = false;
  std::vector<Blob> blobs_;
  std::vector<std::string> platforms_;
};

}  // namespace berth
