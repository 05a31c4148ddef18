#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.hpp"
#include "image/docker_archive_source.hpp"
#include "image/layout_index.hpp"
#include "image/ready_source.hpp"
#include "image/selection.hpp"
#include "oci/reference.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace types = oci::media_type;

constexpr std::size_t kMostLayers = 1000;

struct ArchiveImage {
  std::string config;
  std::vector<std::string> names;
  std::vector<std::string> layers;
};

Error broken_archive(const std::string& place, std::string cause) {
  return Error(ErrorClass::integrity, "source.archive", place + " is a broken docker archive").cause(std::move(cause));
}

// The canonical text of a name, with its tag; what is no reference stays as it is.
std::string canonical(const std::string& name) {
  const auto reference = oci::Reference::parse(name);
  if (!reference) return name;
  return reference->tag() || reference->digest() ? reference->str() : reference->with_tag("latest").str();
}

base::Result<std::vector<std::string>> strings(const base::Json& image, std::string_view key,
                                               const std::string& place) {
  std::vector<std::string> result;
  const base::Json* list = image.find(key);
  if (list == nullptr || list->is_null()) return result;
  if (!list->is_array()) return broken_archive(place, fmt::format("{} of manifest.json is no list", key));
  for (const auto& item : *list->as_array()) {
    if (!item.is_string())
      return broken_archive(place, fmt::format("{} of manifest.json holds something else than names", key));
    result.push_back(*item.as_string());
  }
  return result;
}

base::Result<std::vector<ArchiveImage>> read_images(const TarIndex& index) {
  const auto file = index.find("manifest.json");
  if (!file)
    return Error(ErrorClass::integrity, "source.not-docker-archive", index.path() + " is not a docker archive")
        .cause("it has no manifest.json")
        .fix(index.find("oci-layout") ? "write oci-archive: instead of docker-archive:" : "");
  BERTH_TRY(const auto text, read_extent(*file, oci::kManifestLimit));
  const auto document = base::Json::parse(text, "manifest.json");
  if (!document) return broken_archive(index.path(), document.error().message() + ": " + document.error().cause());
  if (!document->is_array()) return broken_archive(index.path(), "manifest.json is no list");
  std::vector<ArchiveImage> images;
  for (const auto& item : *document->as_array()) {
    ArchiveImage image;
    image.config = item.string_or("Config", "");
    BERTH_TRY(image.names, strings(item, "RepoTags", index.path()));
    BERTH_TRY(image.layers, strings(item, "Layers", index.path()));
    if (image.config.empty()) return broken_archive(index.path(), "an image in manifest.json names no config");
    if (image.layers.size() > kMostLayers) return broken_archive(index.path(), "an image has too many layers");
    images.push_back(std::move(image));
  }
  return images;
}

base::Result<std::size_t> choose(const std::vector<ArchiveImage>& images, const std::string& selector,
                                 const std::string& place) {
  std::vector<std::vector<std::string>> names;
  for (const auto& image : images) {
    names.push_back(image.names);
    for (const auto& name : image.names) {
      const auto full = canonical(name);
      if (!selector.empty() && canonical(selector) == full) names.back().push_back(selector);
    }
  }
  return select_image(names, selector, place);
}

// "sha256:HEX" for "HEX.json" and "blobs/sha256/HEX"; nothing for other names.
std::optional<oci::Digest> digest_in_name(const std::string& name) {
  const auto slash = name.rfind('/');
  std::string stem = slash == std::string::npos ? name : name.substr(slash + 1);
  if (stem.size() > 5 && stem.substr(stem.size() - 5) == ".json") stem.resize(stem.size() - 5);
  auto digest = oci::Digest::parse("sha256:" + stem);
  if (!digest) return std::nullopt;
  return std::move(*digest);
}

base::Result<bool> begins_with_gzip(const Extent& extent) {
  std::array<std::byte, 2> magic{};
  if (extent.size < magic.size()) return false;
  Extent head = extent;
  head.size = magic.size();
  BERTH_TRY([[maybe_unused]] const auto count, ExtentStream(head).read(magic));
  return magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b};
}

struct OpenedImage {
  RawImage image;
  std::vector<Extent> layers;
};

base::Result<OpenedImage> open_image(const TarIndex& index, const ArchiveImage& archived) {
  BERTH_TRY(const auto config_file, index.get(archived.config));
  BERTH_TRY(auto config, read_extent(config_file, oci::kManifestLimit));
  auto config_digest = oci::digest_of(config);
  const auto named = digest_in_name(archived.config);
  if (named && *named != config_digest)
    return Error(ErrorClass::integrity, "source.config",
                 fmt::format("the config of the image in {} is damaged", index.path()))
        .cause(fmt::format("its bytes are {}, its name says {}", config_digest.str(), named->str()));
  const auto document = base::Json::parse(config, "the image's config");
  if (!document) return broken_archive(index.path(), document.error().message() + ": " + document.error().cause());
  const base::Json* rootfs = document->find("rootfs");
  const base::Json* diff_ids = rootfs != nullptr ? rootfs->find("diff_ids") : nullptr;
  const std::size_t count = diff_ids != nullptr && diff_ids->is_array() ? diff_ids->as_array()->size() : 0;
  if (count != archived.layers.size())
    return broken_archive(index.path(),
                          fmt::format("the config names {} layers, manifest.json {}", count, archived.layers.size()));
  OpenedImage opened{
      {std::move(config),
       std::move(config_digest),
       {document->string_or("os", ""), document->string_or("architecture", ""), document->string_or("variant", "")},
       {}},
      {}};
  for (std::size_t i = 0; i < count; ++i) {
    const auto* text = (*diff_ids->as_array())[i].as_string();
    auto diff_id = oci::Digest::parse(text != nullptr ? *text : "");
    if (!diff_id) return broken_archive(index.path(), "the config holds something else than a digest as diff ID");
    BERTH_TRY(auto extent, index.get(archived.layers[i]));
    BERTH_TRY(const bool gzipped, begins_with_gzip(extent));
    opened.image.layers.push_back({std::move(*diff_id), extent.size, gzipped, index.path()});
    opened.layers.push_back(std::move(extent));
  }
  return opened;
}

class RawSource final : public Source {
 public:
  explicit RawSource(OpenedImage opened) : contents_(std::move(opened.image)), layers_(std::move(opened.layers)) {}
  [[nodiscard]] const Contents& contents() const override { return contents_; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor&) override {
    return Error(ErrorClass::internal, "source.no-blob", "an uncompressed image has no ready blobs");
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    return std::unique_ptr<http::BodySource>(std::make_unique<ExtentStream>(layers_.at(index)));
  }

 private:
  Contents contents_;
  std::vector<Extent> layers_;
};

// docker 25 and later write an OCI image beside manifest.json even where their store holds plain tar layers. Other
// things than tar files (attestations) are layers too.
bool has_uncompressed_layers(const ReadyImage& image) {
  return std::any_of(image.blobs.begin(), image.blobs.end(), [](const ReadyBlob& blob) {
    const auto& type = blob.descriptor.media_type;
    return blob.kind == BlobKind::layer && (type == types::kOciLayer || type == types::kDockerLayer);
  });
}

bool is_named(const LayoutEntry& entry, const ArchiveImage& image) {
  const auto* full = entry.descriptor.annotation(kContainerdName);
  for (const auto& name : image.names)
    if (full != nullptr && canonical(*full) == canonical(name)) return true;
  return false;
}

// The complete image that a containerd store put beside manifest.json; null when there is none.
base::Result<std::unique_ptr<Source>> compressed_twin(const TarIndex& index, const ArchiveImage& image, bool alone,
                                                      const std::vector<oci::Platform>& platforms) {
  if (!index.find("oci-layout") || !index.find("index.json")) return std::unique_ptr<Source>();
  auto folder = archive_folder(index);
  BERTH_TRY(const auto entries, read_layout_index(*folder));
  for (const auto& entry : entries) {
    if (!is_named(entry, image) && !(alone && entries.size() == 1)) continue;
    auto source = ready_source(archive_folder(index), entry.descriptor, platforms);
    // A store that holds one platform of several lists manifests whose blobs it does not have.
    if (!source) return std::unique_ptr<Source>();
    if (has_uncompressed_layers(std::get<ReadyImage>((*source)->contents()))) return std::unique_ptr<Source>();
    return std::move(*source);
  }
  return std::unique_ptr<Source>();
}

base::Result<void> check_platform(const oci::Platform& platform, const std::vector<oci::Platform>& wanted,
                                  const std::string& place) {
  for (const auto& one : wanted)
    if (!platform.matches(one))
      return Error(ErrorClass::not_found, "source.no-platform", fmt::format("{} has no image for {}", place, one.str()))
          .cause("it has: " + base::escape(platform.str()));
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Source>> docker_archive_source(TarIndex index, const std::string& selector,
                                                            const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto images, read_images(index));
  BERTH_TRY(const auto chosen, choose(images, selector, index.path()));
  BERTH_TRY(auto twin, compressed_twin(index, images[chosen], images.size() == 1, platforms));
  if (twin) return twin;
  BERTH_TRY(auto opened, open_image(index, images[chosen]));
  BERTH_CHECK(check_platform(opened.image.platform, platforms, index.path()));
  return std::unique_ptr<Source>(std::make_unique<RawSource>(std::move(opened)));
}

}  // namespace berth::image
