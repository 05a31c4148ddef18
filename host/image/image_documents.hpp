// ImageDocuments: the manifests, indexes and configs of one image, in a layout or a registry.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"

namespace berth::image {

// One implementation per kind of source. Every document is hashed: class integrity, code "source.blob", if it is not
// what its descriptor says; "source.missing" if the source does not have it. At most oci::kManifestLimit bytes each.
class ImageDocuments {
 public:
  ImageDocuments() = default;
  ImageDocuments(const ImageDocuments&) = delete;
  ImageDocuments& operator=(const ImageDocuments&) = delete;
  virtual ~ImageDocuments() = default;

  // For errors: the directory, the archive, the reference.
  [[nodiscard]] virtual const std::string& place() const = 0;
  virtual base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) = 0;
  virtual base::Result<std::string> read_config(const oci::Descriptor& descriptor) = 0;
  virtual base::Result<bool> has_blob(const oci::Descriptor& descriptor) = 0;
  // Whether an entry of an index whose media type berth does not know is stored as a manifest, not as a blob.
  virtual base::Result<bool> is_stored_as_manifest(const oci::Descriptor& descriptor) = 0;
};

// Platforms by the digest of the config: one that many manifests share is read once.
using PlatformCache = std::map<std::string, base::Result<std::optional<oci::Platform>>>;

// Reads and parses documents, within limits for one image. A document that was read with peek() is not read again.
class DocumentReader {
 public:
  // The references must outlive this object.
  explicit DocumentReader(ImageDocuments& documents) : DocumentReader(documents, own_platforms_) {}
  DocumentReader(ImageDocuments& documents, PlatformCache& platforms) : documents_(documents), platforms_(platforms) {}
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  // Errors: as ImageDocuments and oci::parse_document; class validation, code "source.too-deep".
  base::Result<oci::Document> read(const oci::Descriptor& descriptor);
  // The same, kept for read(). Valid until the next call.
  base::Result<const oci::Document*> peek(const oci::Descriptor& descriptor);
  // The platform in a manifest's config; std::nullopt if the config is not that of an image.
  base::Result<std::optional<oci::Platform>> config_platform(const oci::Manifest& manifest);

  [[nodiscard]] base::Error too_deep() const;

 private:
  ImageDocuments& documents_;
  PlatformCache own_platforms_;
  PlatformCache& platforms_;
  std::map<std::string, oci::Document> kept_;  // by digest
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

// Indexes nested deeper than this are refused.
inline constexpr int kMaxIndexDepth = 4;

}  // namespace berth::image
