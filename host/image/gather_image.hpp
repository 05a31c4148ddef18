// From the descriptor of an image to everything that it consists of: manifests, children first, and each blob once.
#pragma once

#include <string>
#include <vector>

#include "image/source.hpp"

namespace berth::image {

// The small documents of one image, wherever they lie. Each is hashed: class integrity when it is not what its
// descriptor says. At most oci::kManifestLimit bytes each.
class ImageDocuments {
 public:
  ImageDocuments() = default;
  ImageDocuments(const ImageDocuments&) = delete;
  ImageDocuments& operator=(const ImageDocuments&) = delete;
  virtual ~ImageDocuments() = default;

  // For errors: the directory, the archive, the reference.
  [[nodiscard]] virtual const std::string& place() const = 0;
  // A manifest or an index.
  virtual base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) = 0;
  virtual base::Result<std::string> read_config(const oci::Descriptor& descriptor) = 0;
};

// The image that `root` describes, with everything below it that `platforms` asks for (empty: all). Class not-found,
// code "source.no-platform"; class integrity, codes "source.too-deep", "source.blob", "manifest.…".
base::Result<ReadyImage> gather_image(ImageDocuments& documents, const oci::Descriptor& root,
                                      const std::vector<oci::Platform>& platforms);

}  // namespace berth::image
