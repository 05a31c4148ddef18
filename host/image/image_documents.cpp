#include "image/image_documents.hpp"

#include <fmt/format.h>

#include "oci/image_config.hpp"

namespace berth::image {
namespace {

// Limits per image; all documents are kept in memory.
constexpr std::size_t kMaxDocuments = 10'000;
constexpr std::size_t kMaxDocumentBytes = std::size_t{32} << 20U;

}  // namespace

base::Result<oci::Document> DocumentReader::read(const oci::Descriptor& descriptor) {
  if (const auto kept = kept_.find(descriptor.digest.str()); kept != kept_.end()) {
    oci::Document document = std::move(kept->second);
    kept_.erase(kept);
    return document;
  }
  std::string bytes;
  if (const auto* embedded = oci::embedded_content(descriptor)) {
    bytes = *embedded;
  } else {
    BERTH_TRY(bytes, documents_.read_manifest(descriptor));
  }
  bytes_ += bytes.size();
  if (++count_ > kMaxDocuments || bytes_ > kMaxDocumentBytes) return too_deep();
  return oci::parse_document(std::move(bytes), descriptor.media_type);
}

base::Result<const oci::Document*> DocumentReader::peek(const oci::Descriptor& descriptor) {
  BERTH_TRY(auto document, read(descriptor));
  return &kept_.insert_or_assign(descriptor.digest.str(), std::move(document)).first->second;
}

base::Result<std::optional<oci::Platform>> DocumentReader::config_platform(
    const oci::Manifest& manifest) {
  if (!manifest.config || manifest.config->size > oci::kManifestLimit)
    return std::optional<oci::Platform>();
  if (const auto* embedded = oci::embedded_content(*manifest.config))
    return oci::config_platform(*embedded);
  auto known = platforms_.find(manifest.config->digest.str());
  if (known == platforms_.end()) {
    const auto config = documents_.read_config(*manifest.config);
    using Platform = base::Result<std::optional<oci::Platform>>;
    known =
        platforms_
            .emplace(manifest.config->digest.str(), config ? Platform(oci::config_platform(*config))
                                                           : Platform(config.error().clone()))
            .first;
  }
  if (!known->second) return known->second.error().clone();
  return *known->second;
}

base::Error DocumentReader::too_deep() const {
  return base::Error(base::ErrorClass::validation, "source.too-deep",
                     documents_.place() + " has too many nested indexes")
      .cause(fmt::format("at most {} deep, {} manifests, {} bytes", kMaxIndexDepth, kMaxDocuments,
                         kMaxDocumentBytes));
}

}  // namespace berth::image
