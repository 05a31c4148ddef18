// BlobFolder: the files of an OCI image layout, in a directory or in a tar archive.
#pragma once

#include <memory>
#include <string>

#include "image/blob_stream.hpp"
#include "image/tar_index.hpp"
#include "oci/descriptor.hpp"

namespace berth::image {

class BlobFolder {
 public:
  BlobFolder() = default;
  BlobFolder(const BlobFolder&) = delete;
  BlobFolder& operator=(const BlobFolder&) = delete;
  virtual ~BlobFolder() = default;

  // For errors: the directory or the archive.
  [[nodiscard]] virtual const std::string& place() const = 0;
  // A file by its path in the layout. Class integrity, code "source.missing".
  [[nodiscard]] virtual base::Result<Extent> open(const std::string& name) const = 0;
};

std::unique_ptr<BlobFolder> directory_folder(std::string directory);
std::unique_ptr<BlobFolder> archive_folder(TarIndex index);

// "blobs/sha256/…"
std::string blob_name(const oci::Digest& digest);

// A small blob, hashed: class integrity, codes "source.missing", "source.blob".
base::Result<std::string> read_blob(const BlobFolder& folder, const oci::Descriptor& descriptor, std::size_t limit);

}  // namespace berth::image
