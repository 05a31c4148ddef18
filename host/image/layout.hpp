// OCI image layout on disk: writing images into it (the layout flavor). Reading: layout_index.hpp.
// Source: OCI image-spec 1.1, image-layout.md. The name of an image is the annotation
// org.opencontainers.image.ref.name of its entry in index.json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "base/directory_root.hpp"
#include "base/files.hpp"
#include "http/message.hpp"
#include "oci/manifest.hpp"

namespace berth::image {

struct LayoutEntry {
  std::string name;  // "" when the entry has none
  oci::Descriptor descriptor;
};

// Writes blobs and one entry into a layout, made (oci-layout, blobs/, index.json) if missing. Safe from any thread.
// Nothing is written outside of the directory: a link that leads out of it is class disk, code "layout.link"; one in
// the place of a blob is replaced by the blob.
// Blobs are written beside their place and renamed once their digest is proven; index.json changes under a lock,
// atomically, in set_entry alone. Nothing half-written is left, whatever fails.
class LayoutWriter {
 public:
  static base::Result<LayoutWriter> open(const std::string& directory, const base::Cancellation& cancellation);

  [[nodiscard]] base::Result<bool> has_blob(const oci::Digest& digest, std::uint64_t size) const;
  // Streams a blob in; `digest` null: whatever comes. Returns what was written. Class integrity when it is not
  // `digest`.
  base::Result<oci::Descriptor> add_blob(http::BodySource& source, const oci::Digest* digest);
  base::Result<void> add_bytes(std::string_view bytes, const oci::Digest& digest);
  // Names `manifest` (media type, digest, size): replaces the entry of that name, keeps the others byte for byte in
  // meaning and order.
  base::Result<void> set_entry(const std::string& name, const oci::Descriptor& manifest);
  // What `name` names now, read back; nothing: there is no such entry.
  [[nodiscard]] base::Result<std::optional<oci::Descriptor>> read_entry(const std::string& name) const;
  // A stored manifest, hashed: class integrity when it is not what its descriptor says.
  [[nodiscard]] base::Result<std::string> read_manifest(const oci::Descriptor& manifest) const;
  // Hashes a stored blob.
  [[nodiscard]] base::Result<void> verify_blob(const oci::Digest& digest, std::uint64_t size) const;

 private:
  LayoutWriter(std::shared_ptr<const base::DirectoryRoot> root, const base::Cancellation& cancellation)
      : root_(std::move(root)), cancellation_(&cancellation) {}
  [[nodiscard]] const std::string& directory() const { return root_->path(); }
  // blobs/sha256 or blobs/sha512, created if missing.
  [[nodiscard]] base::Result<base::UniqueFd> blob_directory(oci::Algorithm algorithm) const;
  [[nodiscard]] base::Result<std::string> read_file(const std::string& name, std::size_t limit) const;

  std::shared_ptr<const base::DirectoryRoot> root_;  // shared by the copies of this object
  const base::Cancellation* cancellation_;           // outlives the writer
};

}  // namespace berth::image
