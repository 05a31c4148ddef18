#include "image/store_manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "image/layout_index.hpp"
#include "image/ready_source.hpp"
#include "oci/image_config.hpp"

namespace berth::image {
namespace {

namespace types = oci::media_type;

constexpr int kMaxStoreDepth = 4;
// Maximum number of index entries to check; real stores have one or two.
constexpr std::size_t kMaxRoots = 100;
constexpr std::size_t kMaxMissingPlatforms = 30;

// Reads what index.json of a store refers to in this archive.
class StoreReader {
 public:
  StoreReader(const TarIndex& index, const DescribedImage& image)
      : index_(index), image_(image), directory_(archive_layout(index)) {
    for (const auto& name : image.archived.names) names_.insert(canonical_name(name));
  }

  // Returns the entries of index.json without duplicate digests; those with a name of the image
  // come first.
  [[nodiscard]] std::vector<LayoutEntry> entries() const {
    auto entries = read_layout_index(*directory_);
    if (!entries) return {};
    std::stable_partition(entries->begin(), entries->end(),
                          [this](const auto& entry) { return is_named(entry); });
    std::set<std::string> seen;
    std::erase_if(*entries, [&](const auto& entry) {
      return !seen.insert(entry.descriptor.digest.str()).second;
    });
    return std::move(*entries);
  }

  // Returns the manifest at or below `root` that matches the image.
  std::optional<oci::Descriptor> find_agreeing(const oci::Descriptor& root) {
    return find_below(root, 0);
  }

  // Opens the image that `root` describes, reduced to `platforms`; nullptr if something is missing
  // or invalid.
  std::unique_ptr<Source> open(const oci::Descriptor& root,
                               const std::vector<oci::Platform>& platforms) {
    auto source = ready_source(archive_layout(index_), root, platforms);
    if (!source) return nullptr;
    const auto& image = std::get<ReadyImage>((*source)->contents());
    const auto usable = [&](const ReadyBlob& blob) {
      return (*source)->check_blob(blob.descriptor) && is_packed_as_named(blob);
    };
    if (!std::all_of(image.blobs.begin(), image.blobs.end(), usable)) return nullptr;
    const auto consistent = [this](const ReadyManifest& manifest) {
      return is_consistent(manifest);
    };
    if (!std::all_of(image.manifests.begin(), image.manifests.end(), consistent)) return nullptr;
    return std::move(*source);
  }

  // Returns the platforms of an index that are missing in this archive, up to a limit.
  std::vector<std::string> missing_platforms(const oci::Descriptor& root) {
    std::vector<std::string> missing;
    const auto bytes = read_blob(*directory_, root, oci::kManifestLimit);
    if (!bytes || !types::is_index(root.media_type)) return missing;
    const auto children = oci::parse_index(*bytes, root.media_type);
    if (!children) return missing;
    for (const auto& child :
         std::span(children->manifests).first(std::min(children->manifests.size(), kMaxRoots)))
      if (child.platform && child.platform->is_known() && missing.size() < kMaxMissingPlatforms &&
          !open(child, {}))
        missing.push_back(child.platform->str());
    return missing;
  }

 private:
  // Reads each document once, even if several others list it.
  std::optional<oci::Descriptor> find_below(const oci::Descriptor& root, int depth) {
    if (depth > kMaxStoreDepth) return std::nullopt;
    const auto [known, is_new] = agreeing_.emplace(root.digest.str(), std::nullopt);
    if (is_new) known->second = search(root, depth);
    return known->second;
  }

  std::optional<oci::Descriptor> search(const oci::Descriptor& root, int depth) {
    auto bytes = read_blob(*directory_, root, oci::kManifestLimit);
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
    return full != nullptr && names_.contains(canonical_name(*full));
  }

  [[nodiscard]] bool agrees(const oci::Manifest& manifest) const {
    const auto& files = image_.archived.layers;
    if (!manifest.config || manifest.config->digest != image_.config_digest) return false;
    if (manifest.layers.size() != image_.layers) return false;
    for (std::size_t i = 0; i < files.size(); ++i)
      if (!is_file(manifest.layers[i].digest, files[i])) return false;
    return true;
  }

  // Returns whether the blob is the file that manifest.json names.
  [[nodiscard]] bool is_file(const oci::Digest& blob, const std::string& file) const {
    if (file == blob_name(blob)) return true;
    const auto stored = index_.find(blob_name(blob));
    const auto listed = index_.find(file);
    return stored && listed && stored->offset == listed->offset;
  }

  // docker 25 and later also write OCI manifests of uncompressed layers: these are not used, so
  // that layers get compressed.
  [[nodiscard]] bool is_packed_as_named(const ReadyBlob& blob) const {
    const auto& type = blob.descriptor.media_type;
    if (blob.kind != BlobKind::layer) return true;
    if (type.ends_with("tar")) return false;
    const bool gzip = type.ends_with("gzip");
    if (!gzip && !type.ends_with("zstd")) return true;
    const auto extent = index_.find(blob_name(blob.descriptor.digest));
    std::array<std::byte, kMagicSize> head{};
    const auto count =
        extent ? ExtentStream(*extent).read(head) : base::Result<std::size_t>(std::size_t{0});
    return count && detect_compression(std::span(head).first(*count)) ==
                        (gzip ? Compression::gzip : Compression::zstd);
  }

  // Returns whether the image has as many layers as its config. Attestations and artifacts have
  // other configs.
  bool is_consistent(const ReadyManifest& ready) {
    if (types::is_index(ready.media_type)) return true;
    const auto manifest = oci::parse_manifest(ready.bytes, ready.media_type);
    if (!manifest) return false;
    const auto is_tar = [](const oci::Descriptor& layer) {
      return layer.media_type.find(".tar") != std::string::npos;
    };
    if (!std::all_of(manifest->layers.begin(), manifest->layers.end(), is_tar)) return true;
    if (!manifest->config) return true;
    return layers_of_config(*manifest->config) == manifest->layers.size();
  }

  // Returns the number of diff IDs in the config; std::nullopt if it cannot be read.
  std::optional<std::size_t> layers_of_config(const oci::Descriptor& config) {
    const auto [known, is_new] = layers_of_config_.emplace(config.digest.str(), std::nullopt);
    if (!is_new) return known->second;
    const auto bytes = read_blob(*directory_, config, oci::kManifestLimit);
    const auto diff_ids = bytes ? oci::config_diff_ids(*bytes) : bytes.error().clone();
    if (diff_ids) known->second = diff_ids->size();
    return known->second;
  }

  const TarIndex& index_;
  const DescribedImage& image_;
  std::unique_ptr<LayoutReader> directory_;
  std::set<std::string> names_;  // of the image, in canonical form
  std::map<std::string, std::optional<oci::Descriptor>>
      agreeing_;  // by the digest of the document that refers to it
  std::map<std::string, std::optional<std::size_t>> layers_of_config_;  // by the config's digest
};

bool asks_for_only(const oci::Platform& own, const std::vector<oci::Platform>& platforms) {
  return std::all_of(platforms.begin(), platforms.end(),
                     [&](const auto& wanted) { return own.matches(wanted); });
}

void warn_of_missing(StoreReader& store, const oci::Descriptor& root, const std::string& place,
                     base::Log& log) {
  const auto missing = store.missing_platforms(root);
  if (missing.empty()) return;
  log.write(
      base::LogLevel::warning,
      fmt::format("omitted, because {} does not have it: {}", place, fmt::join(missing, ", ")), {});
}

}  // namespace

std::unique_ptr<Source> find_store_image(const TarIndex& index, const DescribedImage& image,
                                         const std::vector<oci::Platform>& platforms,
                                         base::Log& log) {
  StoreReader store(index, image);
  std::size_t roots = 0;
  for (const auto& entry : store.entries()) {
    const auto& root = entry.descriptor;
    const auto own = store.find_agreeing(root);
    if (!own) continue;
    if (++roots > kMaxRoots) return nullptr;
    const bool own_only =
        !platforms.empty() && image.platform && asks_for_only(*image.platform, platforms);
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
