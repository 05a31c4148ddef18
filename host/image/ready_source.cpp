#include "image/ready_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/escape.hpp"
#include "image/layout.hpp"
#include "image/layout_index.hpp"
#include "image/selection.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace types = oci::media_type;

constexpr int kDeepestIndex = 4;
constexpr std::size_t kMostManifests = 10'000;

bool wanted(const std::optional<oci::Platform>& platform, const std::vector<oci::Platform>& platforms) {
  if (platforms.empty()) return true;
  for (const auto& one : platforms)
    if (platform && platform->matches(one)) return true;
  return false;
}

// Gathers manifests, children first, and each blob once.
class Gatherer {
 public:
  Gatherer(const BlobFolder& folder, const std::vector<oci::Platform>& platforms)
      : folder_(folder), platforms_(platforms) {}

  base::Result<ReadyImage> gather(const oci::Descriptor& root) {
    BERTH_CHECK(add(root, 0));
    return std::move(image_);
  }

 private:
  base::Result<void> add(const oci::Descriptor& descriptor, int depth) {
    if (depth > kDeepestIndex || image_.manifests.size() >= kMostManifests)
      return Error(ErrorClass::integrity, "source.too-deep", folder_.place() + " nests too many indexes");
    if (!seen_.insert(descriptor.digest.str()).second) return {};
    BERTH_TRY(auto bytes, read_blob(folder_, descriptor, oci::kManifestLimit));
    if (types::is_index(descriptor.media_type)) return add_index(descriptor, std::move(bytes), depth);
    return add_manifest(descriptor, std::move(bytes));
  }

  base::Result<void> add_manifest(const oci::Descriptor& descriptor, std::string bytes) {
    BERTH_TRY(auto manifest, oci::parse_manifest(std::move(bytes), descriptor.media_type));
    add_blob(manifest.config, BlobKind::config);
    for (const auto& layer : manifest.layers)
      if (!types::is_foreign_layer(layer.media_type)) add_blob(layer, BlobKind::layer);
    image_.manifests.push_back({std::move(manifest.bytes), manifest.media_type, manifest.digest, descriptor.platform});
    return {};
  }

  base::Result<void> add_index(const oci::Descriptor& descriptor, std::string bytes, int depth) {
    BERTH_TRY(auto index, oci::parse_index(std::move(bytes), descriptor.media_type));
    std::vector<const oci::Descriptor*> chosen;
    for (const auto& child : index.manifests)
      if (wanted(child.platform, platforms_)) chosen.push_back(&child);
    if (chosen.empty() && !index.manifests.empty()) return no_platform(index);
    for (const auto* child : chosen) BERTH_CHECK(add(*child, depth + 1));
    // One platform alone is its own manifest; what is complete stays as it is.
    if (chosen.size() == 1 && !platforms_.empty()) return {};
    if (chosen.size() < index.manifests.size()) {
      BERTH_TRY(index, reduced(index));
    }
    image_.manifests.push_back({std::move(index.bytes), index.media_type, index.digest, descriptor.platform});
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

  [[nodiscard]] Error no_platform(const oci::Index& index) const {
    std::vector<std::string> asked;
    std::vector<std::string> there;
    for (const auto& platform : platforms_) asked.push_back(platform.str());
    for (const auto& child : index.manifests)
      if (child.platform) there.push_back(child.platform->str());
    return Error(ErrorClass::not_found, "source.no-platform",
                 fmt::format("{} has no image for {}", folder_.place(), fmt::join(asked, ", ")))
        .cause(fmt::format("it has: {}", base::escape(fmt::format("{}", fmt::join(there, ", ")))));
  }

  void add_blob(const oci::Descriptor& blob, BlobKind kind) {
    if (seen_.insert(blob.digest.str()).second) image_.blobs.push_back({blob, kind});
  }

  const BlobFolder& folder_;
  const std::vector<oci::Platform>& platforms_;
  ReadyImage image_;
  std::set<std::string> seen_;
};

class ReadySource final : public Source {
 public:
  ReadySource(std::unique_ptr<BlobFolder> folder, ReadyImage image)
      : folder_(std::move(folder)), contents_(std::move(image)) {}

  [[nodiscard]] const Contents& contents() const override { return contents_; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    BERTH_TRY(auto extent, folder_->open(blob_name(blob.digest)));
    if (extent.size != blob.size)
      return Error(ErrorClass::integrity, "source.blob",
                   fmt::format("blob {} is not what it claims", blob.digest.brief()))
          .cause(fmt::format("it has {} bytes, its descriptor says {}", extent.size, blob.size));
    return std::unique_ptr<http::BodySource>(
        std::make_unique<VerifiedStream>(std::make_unique<ExtentStream>(std::move(extent)), blob.digest, blob.size));
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t) override {
    return Error(ErrorClass::internal, "source.no-layer", "a complete image has no uncompressed layers");
  }

 private:
  std::unique_ptr<BlobFolder> folder_;
  Contents contents_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> ready_source(std::unique_ptr<BlobFolder> folder, const oci::Descriptor& root,
                                                   const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(auto image, Gatherer(*folder, platforms).gather(root));
  return std::unique_ptr<Source>(std::make_unique<ReadySource>(std::move(folder), std::move(image)));
}

base::Result<std::unique_ptr<Source>> layout_source(std::unique_ptr<BlobFolder> folder, const std::string& selector,
                                                    const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto entries, read_layout_index(*folder));
  std::vector<std::vector<std::string>> names;
  for (const auto& entry : entries) {
    std::vector<std::string> own;
    if (!entry.name.empty()) own.push_back(entry.name);
    if (const auto* full = entry.descriptor.annotation(kContainerdName)) own.push_back(*full);
    names.push_back(std::move(own));
  }
  BERTH_TRY(const auto chosen, select_image(names, selector, folder->place()));
  return ready_source(std::move(folder), entries[chosen].descriptor, platforms);
}

}  // namespace berth::image
