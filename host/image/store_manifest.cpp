#include "image/store_manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "image/layout_index.hpp"
#include "image/ready_source.hpp"
#include "oci/image_config.hpp"

namespace berth::image {
namespace {

namespace types = oci::media_type;

constexpr int kMaxStoreDepth = 4;

// Whether no manifest of an index is missing, where a source can be without some.
template <typename Image>
bool has_all_manifests(const Image& image) {
  if constexpr (requires { image.absent; }) return image.absent.empty();
  return true;
}

// What index.json of a store leads to, in this archive.
class StoreReader {
 public:
  StoreReader(const TarIndex& index, const DescribedImage& image)
      : index_(index), image_(image), folder_(archive_folder(index)) {}

  // The entries of index.json, those that have a name of the image first.
  [[nodiscard]] std::vector<LayoutEntry> entries() const {
    auto entries = read_layout_index(*folder_);
    if (!entries) return {};
    std::stable_partition(entries->begin(), entries->end(), [this](const auto& entry) { return is_named(entry); });
    return std::move(*entries);
  }

  // The manifest at or below `root` that is the image's.
  std::optional<oci::Descriptor> find_agreeing(const oci::Descriptor& root) {
    seen_.clear();
    return find_below(root, 0);
  }

  // The image that `root` describes, as far as `platforms` ask for it; nullptr if something is missing or wrong.
  [[nodiscard]] std::unique_ptr<Source> open(const oci::Descriptor& root,
                                             const std::vector<oci::Platform>& platforms) const {
    auto source = ready_source(archive_folder(index_), root, platforms);
    if (!source) return nullptr;
    const auto& image = std::get<ReadyImage>((*source)->contents());
    if (!has_all_manifests(image)) return nullptr;
    const auto usable = [&](const ReadyBlob& blob) {
      return (*source)->check_blob(blob.descriptor) && is_packed_as_named(blob);
    };
    if (!std::all_of(image.blobs.begin(), image.blobs.end(), usable)) return nullptr;
    const auto consistent = [this](const ReadyManifest& manifest) { return is_consistent(manifest); };
    if (!std::all_of(image.manifests.begin(), image.manifests.end(), consistent)) return nullptr;
    return std::move(*source);
  }

  // The platforms of an index that this archive does not have whole.
  [[nodiscard]] std::vector<std::string> missing_platforms(const oci::Descriptor& root) const {
    std::vector<std::string> missing;
    const auto bytes = read_blob(*folder_, root, oci::kManifestLimit);
    if (!bytes || !types::is_index(root.media_type)) return missing;
    const auto children = oci::parse_index(*bytes, root.media_type);
    if (!children) return missing;
    for (const auto& child : children->manifests)
      if (child.platform && child.platform->os != "unknown" && !open(child, {}))
        missing.push_back(child.platform->str());
    return missing;
  }

 private:
  std::optional<oci::Descriptor> find_below(const oci::Descriptor& root, int depth) {
    if (depth > kMaxStoreDepth || !seen_.insert(root.digest.str()).second) return std::nullopt;
    auto bytes = read_blob(*folder_, root, oci::kManifestLimit);
    if (!bytes) return std::nullopt;
    if (!types::is_index(root.media_type)) {
      const auto manifest = oci::parse_manifest(std::move(*bytes), root.media_type);
      return manifest && agrees(*manifest) ? std::optional(root) : std::nullopt;
    }
    const auto children = oci::parse_index(std::move(*bytes), root.media_type);
    if (!children) return std::nullopt;
    for (const auto& child : children->manifests)
      if (auto found = find_below(child, depth + 1)) return found;
    return std::nullopt;
  }

  [[nodiscard]] bool is_named(const LayoutEntry& entry) const {
    const auto* full = entry.descriptor.annotation(kContainerdName);
    const auto& names = image_.archived.names;
    return full != nullptr && std::any_of(names.begin(), names.end(), [&](const std::string& name) {
             return canonical_name(*full) == canonical_name(name);
           });
  }

  [[nodiscard]] bool agrees(const oci::Manifest& manifest) const {
    const auto& files = image_.archived.layers;
    if (!manifest.config || manifest.config->digest != image_.config_digest) return false;
    if (manifest.layers.size() != image_.layers) return false;
    for (std::size_t i = 0; i < files.size(); ++i)
      if (!is_file(manifest.layers[i].digest, files[i])) return false;
    return true;
  }

  // Whether that blob is the file that manifest.json names.
  [[nodiscard]] bool is_file(const oci::Digest& blob, const std::string& file) const {
    if (file == blob_name(blob)) return true;
    const auto stored = index_.find(blob_name(blob));
    const auto listed = index_.find(file);
    return stored && listed && stored->offset == listed->offset;
  }

  // docker 25 and later write OCI manifests of uncompressed layers, too: they are left to be compressed.
  [[nodiscard]] bool is_packed_as_named(const ReadyBlob& blob) const {
    const auto& type = blob.descriptor.media_type;
    if (blob.kind != BlobKind::layer) return true;
    if (type.ends_with("tar")) return false;
    const bool gzip = type.ends_with("gzip");
    if (!gzip && !type.ends_with("zstd")) return true;
    const auto extent = index_.find(blob_name(blob.descriptor.digest));
    std::array<std::byte, kMagicSize> head{};
    const auto count = extent ? ExtentStream(*extent).read(head) : base::Result<std::size_t>(std::size_t{0});
    return count && detect_compression(std::span(head).first(*count)) == (gzip ? Compression::gzip : Compression::zstd);
  }

  // Whether an image has as many layers as its config. Attestations and artifacts have other configs.
  [[nodiscard]] bool is_consistent(const ReadyManifest& ready) const {
    if (types::is_index(ready.media_type)) return true;
    const auto manifest = oci::parse_manifest(ready.bytes, ready.media_type);
    if (!manifest) return false;
    const auto is_tar = [](const oci::Descriptor& layer) { return layer.media_type.find(".tar") != std::string::npos; };
    if (!std::all_of(manifest->layers.begin(), manifest->layers.end(), is_tar)) return true;
    if (!manifest->config) return true;
    const auto config = read_blob(*folder_, *manifest->config, oci::kManifestLimit);
    if (!config) return false;
    const auto diff_ids = oci::config_diff_ids(*config);
    return diff_ids && diff_ids->size() == manifest->layers.size();
  }

  const TarIndex& index_;
  const DescribedImage& image_;
  std::unique_ptr<BlobFolder> folder_;
  std::set<std::string> seen_;  // by find_below()
};

bool asks_for_only(const oci::Platform& own, const std::vector<oci::Platform>& platforms) {
  return std::all_of(platforms.begin(), platforms.end(), [&](const auto& wanted) { return own.matches(wanted); });
}

void warn_of_missing(const StoreReader& store, const oci::Descriptor& root, const std::string& place, base::Log& log) {
  const auto missing = store.missing_platforms(root);
  if (missing.empty()) return;
  log.write(base::LogLevel::warning,
            fmt::format("warning: left out, because {} does not have it: {}", place, fmt::join(missing, ", ")), {});
}

}  // namespace

std::unique_ptr<Source> find_store_image(const TarIndex& index, const DescribedImage& image,
                                         const std::vector<oci::Platform>& platforms, base::Log& log) {
  StoreReader store(index, image);
  for (const auto& entry : store.entries()) {
    const auto& root = entry.descriptor;
    const auto own = store.find_agreeing(root);
    if (!own) continue;
    const bool own_only = !platforms.empty() && image.platform && asks_for_only(*image.platform, platforms);
    auto source = own_only ? nullptr : store.open(root, platforms);
    if (source) return source;
    if (!platforms.empty() && !own_only) continue;
    source = store.open(*own, {});
    if (source && platforms.empty()) warn_of_missing(store, root, index.path(), log);
    if (source) return source;
  }
  return nullptr;
}

}  // namespace berth::image
