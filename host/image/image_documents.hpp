// ImageDocuments: the manifests, indexes and configs of one image, in a layout or a registry.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"

namespace berth::image {

// Implemented once per kind of source. Every document is hashed: class integrity, code
// "source.blob", if it does not match its descriptor; "source.missing" if the source does not have
// it. Limit: oci::kManifestLimit bytes per document.
class ImageDocuments {
 public:
  ImageDocuments() = default;
  ImageDocuments(const ImageDocuments&) = delete;
  ImageDocuments& operator=(const ImageDocuments&) = delete;
  virtual ~ImageDocuments() = default;

  // For errors: the directory, the archive or the reference.
  [[nodiscard]] virtual const std::string& place() const = 0;
  virtual base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) = 0;
  virtual base::Result<std::string> read_config(const oci::Descriptor& descriptor) = 0;
  virtual base::Result<bool> has_blob(const oci::Descriptor& descriptor) = 0;
  // Returns whether an index entry of unknown media type is stored as a manifest, not as a blob.
  virtual base::Result<bool> is_stored_as_manifest(const oci::Descriptor& descriptor) = 0;
};

// Platforms by the config's digest, so that a config shared by many manifests is read once.
using PlatformCache = std::map<std::string, base::Result<std::optional<oci::Platform>>>;

// Reads and parses documents, with limits per image. A document read with peek() is not read again.
class DocumentReader {
 public:
  // The references must outlive this object.
  explicit DocumentReader(ImageDocuments& documents) : DocumentReader(documents, own_platforms_) {}
  DocumentReader(ImageDocuments& documents, PlatformCache& platforms)
      : documents_(documents), platforms_(platforms) {}
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  // Errors: as ImageDocuments and oci::parse_document; class validation, code "source.too-deep".
  base::Result<oci::Document> read(const oci::Descriptor& descriptor);
  // The same, and keeps the document for read(). The pointer is valid until the next call.
  base::Result<const oci::Document*> peek(const oci::Descriptor& descriptor);
  // Returns the platform in a manifest's config; std::nullopt if it is not an image's config.
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

// Maximum depth of nested indexes.
inline constexpr int kMaxIndexDepth = 4;

}  // namespace berth::image
