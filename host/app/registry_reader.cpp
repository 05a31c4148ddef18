#include "app/registry_reader.hpp"

#include <fmt/format.h>

#include <array>

#include "image/registry_documents.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// The suffixes of the tags that cosign gives to signatures, attestations and SBOMs of an image.
constexpr std::array<std::string_view, 3> kCosignSuffixes{".sig", ".att", ".sbom"};

class RegistryReader final : public ImageReader {
 public:
  RegistryReader(RegistryImage image, bool digest_only)
      : image_(std::move(image)), digest_only_(digest_only) {}

  [[nodiscard]] const std::string& name() const override { return image_.name; }

  // Read once.
  base::Result<ImageRoot> root() override {
    if (!root_) root_ = read_root();
    if (!*root_) return root_->error().clone();
    return **root_;
  }
  image::ImageDocuments& documents() override { return *documents_; }

  base::Result<std::vector<Referrer>> referrers(const oci::Digest& digest) override {
    BERTH_TRY(auto listed, image_.client->referrers().list(image_.repository, digest));
    std::vector<Referrer> result;
    for (auto& descriptor : listed.descriptors) result.push_back({std::move(descriptor), {}});
    for (const auto suffix : kCosignSuffixes) {
      std::string tag = registry::referrers_tag(digest) + std::string(suffix);
      BERTH_TRY(auto info,
                image_.client->manifests().head(image_.repository, tag, registry::Need::optional));
      if (!info || !info->digest) continue;
      result.push_back(
          {{std::move(info->media_type), std::move(*info->digest), info->size, {}, {}, {}},
           std::move(tag)});
    }
    return result;
  }

 private:
  base::Result<ImageRoot> read_root() {
    auto& manifests = image_.client->manifests();
    if (digest_only_) {
      BERTH_TRY(auto info, manifests.head(image_.repository, image_.reference));
      if (!info) return missing();
      if (info->digest && info->size != 0)
        return ImageRoot{std::move(info->media_type), std::move(*info->digest), info->size};
    }
    BERTH_TRY(auto root, manifests.fetch(image_.repository, image_.reference));
    if (!root) return missing();
    ImageRoot result{root->media_type, requested_digest(*root), root->bytes.size()};
    root->digest = result.digest;
    documents_ =
        image::registry_documents(*image_.client, image_.repository, image_.name, std::move(*root));
    return result;
  }

  // fetch() verified the bytes against a requested digest, whatever its algorithm.
  [[nodiscard]] oci::Digest requested_digest(const registry::FetchedManifest& root) const {
    auto requested = oci::Digest::parse(image_.reference);
    return requested ? *requested : root.digest;
  }

  [[nodiscard]] Error missing() const {
    return Error(ErrorClass::not_found, "source.no-image",
                 fmt::format("image {} not found", image_.name));
  }

  RegistryImage image_;
  bool digest_only_;
  std::optional<base::Result<ImageRoot>> root_;
  std::unique_ptr<image::ImageDocuments> documents_;
};

}  // namespace

std::unique_ptr<ImageReader> registry_reader(RegistryImage image, bool digest_only) {
  return std::make_unique<RegistryReader>(std::move(image), digest_only);
}

}  // namespace berth::app
