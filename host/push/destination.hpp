// Destination: one repository to which a push sends an image. Implemented by
// registry_destination.hpp and layout_destination.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "image/layer_stream.hpp"
#include "push/blob_result.hpp"
#include "push/stored_content.hpp"

namespace berth::push {

// Response of a destination that accepted a manifest.
struct Receipt {
  std::optional<oci::Digest> digest;  // std::nullopt if it returned none
  bool created = true;                // it reported 201, not only a success status
};

// A blob to store.
struct BlobToStore {
  oci::Digest digest;
  std::uint64_t size = 0;
  // A repository of the same registry that may have the blob; std::nullopt: not known.
  std::optional<std::string> mount_from = std::nullopt;
};

// How to look up a manifest.
enum class Lookup {
  quick,  // what the registry reports about it (HEAD)
  whole,  // its bytes (GET)
};

// Thread-safe. Errors are those of the registry, or class disk for a layout.
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
  // Uploads a blob whose digest is known, unless it exists or can be mounted. `source` is rewound
  // for retries.
  virtual base::Result<Action> put_blob(const BlobToStore& blob, http::BodySource& source) = 0;
  // Uploads a blob even if the destination reports that it exists.
  virtual base::Result<Action> upload_blob(const BlobToStore& blob, http::BodySource& source) {
    return put_blob(blob, source);
  }
  // Uploads a blob whose digest is known only at its end. `bytes` yields the bytes of `layer` and
  // is rewound for retries. `expected` is the blob that an earlier push made of the layer, and may
  // be nullptr: if it exists or can be mounted, nothing is uploaded, and `bytes` may be unread.
  virtual base::Result<Action> put_layer(http::BodySource& bytes, const image::LayerStream& layer,
                                         const BlobToStore* expected) = 0;
  // Stores a manifest under `reference`, the tag or digest that clients will request; nullptr: as a
  // child of another manifest. Error code "push.manifest-refused": the destination may not accept
  // its media type.
  virtual base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest,
                                             const std::string* reference) = 0;
  // Returns the digest that `reference` points to; for a layout, after reading back everything
  // below it. std::nullopt if the manifest does not exist. An error means that it is not known.
  // Never discards credentials.
  virtual base::Result<std::optional<oci::Digest>> resolve(const std::string& reference,
                                                           Lookup lookup) = 0;
};

}  // namespace berth::push
