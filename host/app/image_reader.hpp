// ImageReader: reads the documents of one image, wherever it is: in a registry, a registered OCI
// layout, an archive or the Docker daemon. Layers are not read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/image_documents.hpp"
#include "image/source.hpp"

namespace berth::app {

// A manifest that refers to an image.
struct Referrer {
  oci::Descriptor descriptor;
  std::string tag = {};  // of a signature that is found by its tag ("sha256-….sig"); else empty
};

// The root of an image: its manifest or index.
struct ImageRoot {
  std::string media_type;
  oci::Digest digest;
  std::uint64_t size = 0;
};

// One thread at a time.
class ImageReader {
 public:
  ImageReader() = default;
  ImageReader(const ImageReader&) = delete;
  ImageReader& operator=(const ImageReader&) = delete;
  virtual ~ImageReader() = default;

  // The reference with its tag or digest, or SOURCE as it was given.
  [[nodiscard]] virtual const std::string& name() const = 0;
  // Returns the image whose manifest does not exist yet, because berth creates it when it pushes;
  // nullptr for all others. Then root() fails.
  [[nodiscard]] virtual const image::RawImage* raw_image() const { return nullptr; }
  // Returns what describes the root without reading it, if that is possible. Class not-found, code
  // "source.no-image"; class usage, code "inspect.no-manifest", for a raw image.
  virtual base::Result<ImageRoot> root() = 0;
  // The documents of the image; valid after root().
  virtual image::ImageDocuments& documents() = 0;
  // Returns the manifests that refer to `digest`. Empty for sources that have no list of them.
  virtual base::Result<std::vector<Referrer>> referrers(const oci::Digest& digest) = 0;
};

}  // namespace berth::app
