// LayoutWriter: writes images to an OCI image layout on disk. Reading: layout_index.hpp.
// Source: OCI image-spec 1.1, image-layout.md. An image's name is the annotation
// org.opencontainers.image.ref.name of its entry in index.json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "base/directory_root.hpp"
#include "base/file_io.hpp"
#include "http/message.hpp"
#include "oci/manifest.hpp"

namespace berth::image {

class LayoutReader;

// Writes blobs and one index entry to a layout, which is created if missing (oci-layout, blobs/,
// index.json). Thread-safe. Never writes outside of the directory: a link that leads out of it is
// class disk, code "layout.link"; a link in place of a blob is replaced by the blob. Blobs are
// written to a temporary file and renamed once their digest is verified. Only set_entry() changes
// index.json: atomically, under a lock. No partial files remain after a failure.
class LayoutWriter {
 public:
  static base::Result<LayoutWriter> open(const std::string& directory,
                                         const base::Cancellation& cancellation);

  [[nodiscard]] base::Result<bool> has_blob(const oci::Digest& digest, std::uint64_t size) const;
  // Writes a blob and returns its descriptor. Class integrity if it does not have `digest`; nullptr
  // accepts any content.
  base::Result<oci::Descriptor> add_blob(http::BodySource& source, const oci::Digest* digest);
  base::Result<void> add_bytes(std::string_view bytes, const oci::Digest& digest);
  // Sets the entry `name` to `manifest` (media type, digest, size). Replaces an entry of that name;
  // the others keep their content and order.
  base::Result<void> set_entry(const std::string& name, const oci::Descriptor& manifest);
  // Reads what `name` points to; std::nullopt if the entry does not exist.
  [[nodiscard]] base::Result<std::optional<oci::Descriptor>> read_entry(
      const std::string& name) const;
  // Reads and hashes a stored manifest. Class integrity if it does not match its descriptor.
  [[nodiscard]] base::Result<std::string> read_manifest(const oci::Descriptor& manifest) const;
  // Reads and hashes a stored blob.
  [[nodiscard]] base::Result<void> verify_blob(const oci::Digest& digest, std::uint64_t size) const;

 private:
  LayoutWriter(std::shared_ptr<const base::DirectoryRoot> root,
               const base::Cancellation& cancellation);
  [[nodiscard]] const std::string& directory() const { return root_->path(); }
  // Returns blobs/sha256 or blobs/sha512, created if missing.
  [[nodiscard]] base::Result<platform::UniqueFd> blob_directory(oci::Algorithm algorithm) const;
  [[nodiscard]] base::Result<std::string> read_file(const std::string& name,
                                                    std::size_t limit) const;

  // Shared by copies of this object.
  std::shared_ptr<const base::DirectoryRoot> root_;
  std::shared_ptr<const LayoutReader> directory_;  // reads what is stored
  const base::Cancellation* cancellation_;         // must outlive the writer
};

}  // namespace berth::image
