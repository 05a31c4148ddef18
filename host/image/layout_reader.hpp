// LayoutReader: the files of an OCI image layout, in a directory or in a tar archive.
#pragma once

#include <memory>
#include <string>

#include "image/blob_stream.hpp"
#include "image/tar_index.hpp"
#include "oci/descriptor.hpp"

namespace berth::image {

class LayoutReader {
 public:
  LayoutReader() = default;
  LayoutReader(const LayoutReader&) = delete;
  LayoutReader& operator=(const LayoutReader&) = delete;
  virtual ~LayoutReader() = default;

  // For errors: the path of the directory or the archive.
  [[nodiscard]] virtual const std::string& place() const = 0;
  // Opens a file by its path in the layout. Class integrity, code "source.missing".
  [[nodiscard]] virtual base::Result<Extent> open(const std::string& name) const = 0;
};

// Follows links that stay in the directory. A file outside of it that a link leads to (a build
// system's store) is opened as an extent that is verified before it is read; `cancellation`, which
// may be nullptr, stops that.
std::unique_ptr<LayoutReader> directory_layout(std::string directory,
                                               const base::Cancellation* cancellation = nullptr);
std::unique_ptr<LayoutReader> archive_layout(TarIndex index);

// Returns "blobs/sha256" or "blobs/sha512".
std::string blob_directory_name(oci::Algorithm algorithm);
// Returns "blobs/sha256/…".
std::string blob_name(const oci::Digest& digest);

// Returns whether the layout itself has a blob of that digest and size, without reading it.
base::Result<bool> has_stored_blob(const LayoutReader& directory, const oci::Descriptor& blob);

// Reads and hashes a small blob. Class integrity, codes "source.missing", "source.blob".
base::Result<std::string> read_blob(const LayoutReader& directory,
                                    const oci::Descriptor& descriptor, std::size_t limit);

}  // namespace berth::image
