#include "image/gather_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.hpp"
#include "image/blob_stream.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace types = oci::media_type;

constexpr int kDeepestIndex = 4;
constexpr std::size_t kMostManifests = 10'000;

constexpr std::size_t kMostManifestBytes = std::size_t{32} << 20U;  // of all of them: they are kept in memory

bool wanted(const std::optional<oci::Platform>& platform, const std::vector<oci::Platform>& platforms) {
  return platforms.empty() || std::any_of(platforms.begin(), platforms.end(),
                                          [&](const auto& one) { return platform && platform->matches(one); });
}

// Gathers manifests, children first, and each blob once.
class Gatherer {
 public:
  Gatherer(ImageDocuments& documents, const std::vector<oci::Platform>& platforms)
      : documents_(documents), platforms_(platforms) {}

  // `platforms` choose among the entries of the root; what lies below an entry belongs to it.
  base::Result<ReadyImage> gather(const oci::Descriptor& root) {
    BERTH_TRY(auto bytes, read_manifest(root));
    if (types::is_index(root.media_type)) {
      BERTH_CHECK(add_root_index(root, std::move(bytes)));
    } else {
      BERTH_CHECK(add_root_manifest(root, std::move(bytes)));
    }
    return std::move(image_);
  }

 private:
  base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) {
    BERTH_TRY(auto bytes, documents_.read_manifest(descriptor));
    manifest_bytes_ += bytes.size();
    if (manifest_bytes_ > kMostManifestBytes || seen_.size() > kMostManifests) return too_large();
    return bytes;
  }

  base::Result<void> add(const oci::Descriptor& descriptor, int depth) {
    if (depth > kDeepestIndex) return too_large();
    if (!seen_.insert(descriptor.digest.str()).second) return {};
    BERTH_TRY(auto bytes, read_manifest(descriptor));
    if (!types::is_index(descriptor.media_type)) return add_manifest(descriptor, std::move(bytes));
    BERTH_TRY(auto index, oci::parse_index(std::move(bytes), descriptor.media_type));
    for (const auto& child : index.manifests) BERTH_CHECK(add(child, depth + 1));
    keep(std::move(index), descriptor.platform);
    return {};
  }

  base::Result<void> add_manifest(const oci::Descriptor& descriptor, std::string bytes) {
    BERTH_TRY(auto manifest, oci::parse_manifest(std::move(bytes), descriptor.media_type));
    BERTH_CHECK(add_blob(manifest.config, BlobKind::config));
    for (const auto& layer : manifest.layers)
      if (!types::is_foreign_layer(layer.media_type)) BERTH_CHECK(add_blob(layer, BlobKind::layer));
    keep(std::move(manifest), descriptor.platform);
    return {};
  }

  base::Result<void> add_root_manifest(const oci::Descriptor& root, std::string bytes) {
    if (!platforms_.empty()) {
      BERTH_TRY(const auto manifest, oci::parse_manifest(bytes, root.media_type));
      BERTH_TRY(const auto platform, platform_of(manifest.config));
      BERTH_CHECK(check_platforms({platform}));
    }
    return add_manifest(root, std::move(bytes));
  }

  base::Result<void> add_root_index(const oci::Descriptor& root, std::string bytes) {
    BERTH_TRY(auto index, oci::parse_index(std::move(bytes), root.media_type));
    std::vector<oci::Platform> there;
    std::vector<const oci::Descriptor*> chosen;
    for (const auto& child : index.manifests) {
      if (child.platform) there.push_back(*child.platform);
      if (wanted(child.platform, platforms_)) chosen.push_back(&child);
    }
    BERTH_CHECK(check_platforms(there));
    for (const auto* child : chosen) BERTH_CHECK(add(*child, 1));
    // One platform alone is its own manifest; what is complete stays as it is.
    if (chosen.size() == 1 && !platforms_.empty()) return {};
    if (chosen.size() < index.manifests.size()) {
      BERTH_TRY(index, reduced(index));
    }
    keep(std::move(index), root.platform);
    return {};
  }

  // The index with the chosen platforms alone: a new document, because its digest must be that of what is pushed.
  [[nodiscard]] base::Result<oci::Index> reduced(const oci::Index& index) const {
    BERTH_TRY(auto document, base::Json::parse(index.bytes, "the index"));
    base::Json::Array kept;
    const auto& entries = *document.find("manifests")->as_array();
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (wanted(index.manifests[i].platform, platforms_)) kept.push_back(entries[i]);
    document.set("manifests", base::Json(std::move(kept)));
    return oci::parse_index(document.dump(), index.media_type);
  }

  [[nodiscard]] base::Result<oci::Platform> platform_of(const oci::Descriptor& config) const {
    BERTH_TRY(const auto text, documents_.read_config(config));
    const auto document = base::Json::parse(text, "the config");
    if (!document) return oci::Platform{};  // an artifact
    return oci::Platform{document->string_or("os", ""), document->string_or("architecture", ""),
                         document->string_or("variant", "")};
  }

  // Every platform that is asked for must be there.
  [[nodiscard]] base::Result<void> check_platforms(const std::vector<oci::Platform>& there) const {
    for (const auto& one : platforms_) {
      if (std::any_of(there.begin(), there.end(), [&](const auto& platform) { return platform.matches(one); }))
        continue;
      std::vector<std::string> names;
      for (const auto& platform : there) names.push_back(platform.str());
      return Error(ErrorClass::not_found, "source.no-platform",
                   fmt::format("{} has no image for {}", documents_.place(), one.str()))
          .cause(fmt::format("it has: {}", base::escape(fmt::format("{}", fmt::join(names, ", ")))));
    }
    return {};
  }

  base::Result<void> add_blob(const oci::Descriptor& blob, BlobKind kind) {
    const auto [known, is_new] = sizes_.emplace(blob.digest.str(), blob.size);
    if (is_new) image_.blobs.push_back({blob, kind});
    if (known->second == blob.size) return {};
    return damaged_blob(documents_.place(), fmt::format("{} has {} bytes in one manifest and {} in another",
                                                        blob.digest.brief(), known->second, blob.size));
  }

  template <typename Document>
  void keep(Document document, const std::optional<oci::Platform>& platform) {
    image_.manifests.push_back(
        {std::move(document.bytes), std::move(document.media_type), std::move(document.digest), platform});
  }

  [[nodiscard]] Error too_large() const {
    return Error(ErrorClass::integrity, "source.too-deep", documents_.place() + " nests too many indexes")
        .cause(
            fmt::format("at most {} deep, {} manifests, {} bytes", kDeepestIndex, kMostManifests, kMostManifestBytes));
  }

  ImageDocuments& documents_;
  const std::vector<oci::Platform>& platforms_;
  ReadyImage image_;
  std::set<std::string> seen_;                  // manifests
  std::map<std::string, std::uint64_t> sizes_;  // blobs
  std::size_t manifest_bytes_ = 0;
};

}  // namespace

base::Result<ReadyImage> gather_image(ImageDocuments& documents, const oci::Descriptor& root,
                                      const std::vector<oci::Platform>& platforms) {
  return Gatherer(documents, platforms).gather(root);
}

}  // namespace berth::image
