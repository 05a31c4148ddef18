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

base::Result<std::vector<std::string>> strings(const base::Json& object, std::string_view key,
                                               std::string_view document, const std::string& place) {
  std::vector<std::string> result;
  const base::Json* list = object.find(key);
  if (list == nullptr || list->is_null()) return result;
  if (!list->is_array()) return broken_archive(place, fmt::format("{} of {} is no list", key, document));
  for (const auto& item : *list->as_array()) {
    if (!item.is_string())
      return broken_archive(place, fmt::format("{} of {} holds something else than names", key, document));
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
    BERTH_TRY(image.names, strings(item, "RepoTags", "manifest.json", index.path()));
    BERTH_TRY(image.layers, strings(item, "Layers", "manifest.json", index.path()));
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

struct Config {
  std::string bytes;
  oci::Digest digest;
  oci::Platform platform;
  std::vector<std::string> diff_ids;
};

base::Result<Config> read_config(const TarIndex& index, const ArchiveImage& archived) {
  BERTH_TRY(const auto file, index.get(archived.config));
  BERTH_TRY(auto bytes, read_extent(file, oci::kManifestLimit));
  auto digest = oci::digest_of(bytes);
  const auto named = digest_in_name(archived.config);
  if (named && *named != digest)
    return Error(ErrorClass::integrity, "source.config",
                 fmt::format("the config of the image in {} is damaged", index.path()))
        .cause(fmt::format("its bytes are {}, its name says {}", digest.str(), named->str()));
  const auto document = base::Json::parse(bytes, "the image's config");
  if (!document) return broken_archive(index.path(), document.error().message() + ": " + document.error().cause());
  const base::Json* rootfs = document->find("rootfs");
  std::vector<std::string> diff_ids;
  if (rootfs != nullptr) {
    BERTH_TRY(diff_ids, strings(*rootfs, "diff_ids", "the config", index.path()));
  }
  if (diff_ids.size() != archived.layers.size())
    return broken_archive(index.path(), fmt::format("the config names {} layers, manifest.json {}", diff_ids.size(),
                                                    archived.layers.size()));
  return Config{
      std::move(bytes),
      std::move(digest),
      {document->string_or("os", ""), document->string_or("architecture", ""), document->string_or("variant", "")},
      std::move(diff_ids)};
}

struct OpenedImage {
  RawImage image;
  std::vector<Extent> layers;
};

base::Result<OpenedImage> open_layers(const TarIndex& index, const ArchiveImage& archived, Config config) {
  OpenedImage opened{{std::move(config.bytes), std::move(config.digest), std::move(config.platform), {}}, {}};
  for (std::size_t i = 0; i < archived.layers.size(); ++i) {
    auto diff_id = oci::Digest::parse(config.diff_ids[i]);
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

// Null when it is not all there, or holds layers that are to be compressed.
std::unique_ptr<Source> complete_image(const TarIndex& index, const oci::Descriptor& root,
                                       const std::vector<oci::Platform>& platforms) {
  auto source = ready_source(archive_folder(index), root, platforms);
  if (!source) return nullptr;
  const auto& image = std::get<ReadyImage>((*source)->contents());
  for (const auto& blob : image.blobs)
    if (!index.find(blob_name(blob.descriptor.digest))) return nullptr;
  return has_uncompressed_layers(image) ? nullptr : std::move(*source);
}

// The complete image that a containerd store put beside manifest.json; null when there is none.
base::Result<std::unique_ptr<Source>> compressed_twin(const TarIndex& index, const ArchiveImage& image, bool alone,
                                                      const oci::Platform& own,
                                                      const std::vector<oci::Platform>& platforms) {
  if (!index.find("oci-layout") || !index.find("index.json")) return std::unique_ptr<Source>();
  BERTH_TRY(const auto entries, read_layout_index(*archive_folder(index)));
  for (const auto& entry : entries) {
    if (!is_named(entry, image) && !(alone && entries.size() == 1)) continue;
    auto source = complete_image(index, entry.descriptor, platforms);
    // A store that has one platform of several saves the index of all of them.
    if (!source && platforms.empty()) source = complete_image(index, entry.descriptor, {own});
    return source;
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

base::Result<std::unique_ptr<Source>> docker_archive_source(const TarIndex& index, const std::string& selector,
                                                            const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto images, read_images(index));
  BERTH_TRY(const auto chosen, choose(images, selector, index.path()));
  BERTH_TRY(auto config, read_config(index, images[chosen]));
  BERTH_TRY(auto twin, compressed_twin(index, images[chosen], images.size() == 1, config.platform, platforms));
  if (twin) return twin;
  BERTH_CHECK(check_platform(config.platform, platforms, index.path()));
  BERTH_TRY(auto opened, open_layers(index, images[chosen], std::move(config)));
  return std::unique_ptr<Source>(std::make_unique<RawSource>(std::move(opened)));
}

}  // namespace berth::image
