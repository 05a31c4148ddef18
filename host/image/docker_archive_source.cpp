#include "image/docker_archive_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.hpp"
#include "image/decompressed_stream.hpp"
#include "image/store_manifest.hpp"
#include "oci/hasher.hpp"
#include "oci/image_config.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

struct ArchivedConfig {
  std::string bytes;
  oci::Digest digest;
  std::vector<oci::Digest> diff_ids;
};

// Returns "sha256:HEX" for "HEX.json", "sha256:HEX" and "blobs/sha256/HEX"; std::nullopt for other
// names.
std::optional<oci::Digest> digest_in_name(const std::string& name) {
  const auto slash = name.rfind('/');
  std::string stem = slash == std::string::npos ? name : name.substr(slash + 1);
  if (stem.ends_with(".json")) stem.resize(stem.size() - 5);
  auto digest = oci::Digest::parse(stem.starts_with("sha256:") ? stem : "sha256:" + stem);
  if (!digest) return std::nullopt;
  return std::move(*digest);
}

base::Result<ArchivedConfig> read_archived_config(const TarIndex& index,
                                                  const ArchivedImage& image) {
  BERTH_TRY(const auto file, index.get(image.config));
  BERTH_TRY(auto bytes, read_extent(file, oci::kManifestLimit));
  auto digest = oci::digest_of(bytes);
  const auto named = digest_in_name(image.config);
  if (named && *named != digest)
    return Error(ErrorClass::integrity, "source.config",
                 fmt::format("the config of the image in {} is damaged", index.path()))
        .cause(fmt::format("its digest is {}, the digest in its name is {}", digest.str(),
                           named->str()));
  BERTH_TRY(auto diff_ids, oci::config_diff_ids(bytes));
  if (diff_ids.size() != image.layers.size())
    return Error(ErrorClass::integrity, "source.archive",
                 index.path() + " is a malformed docker archive")
        .cause(fmt::format("the config has {} layers, manifest.json has {}", diff_ids.size(),
                           image.layers.size()));
  return ArchivedConfig{std::move(bytes), std::move(digest), std::move(diff_ids)};
}

// Returns the compression of a layer; class usage if it is not supported.
base::Result<std::optional<Compression>> layer_compression(const Extent& extent,
                                                           const std::string& file) {
  std::array<std::byte, kMagicSize> magic{};
  BERTH_TRY(const auto count, ExtentStream(extent).read(magic));
  const auto head = std::span(magic).first(count);
  const auto unsupported = detect_unsupported(head);
  if (!unsupported) return detect_compression(head);
  return unsupported_compression(
      *unsupported, fmt::format("layer {} of {}", base::escape(file), extent.path),
      fmt::format("unpack the archive, decompress its layers with {}, and pack it again",
                  unsupported->command));
}

struct OpenedImage {
  RawImage image;
  std::vector<Extent> layers;
};

base::Result<OpenedImage> open_layers(const TarIndex& index, const ArchivedImage& archived,
                                      ArchivedConfig config, oci::Platform platform) {
  OpenedImage opened{{std::move(config.bytes), std::move(config.digest), std::move(platform), {}},
                     {}};
  for (std::size_t i = 0; i < archived.layers.size(); ++i) {
    BERTH_TRY(auto extent, index.get(archived.layers[i]));
    BERTH_TRY(const auto compression, layer_compression(extent, archived.layers[i]));
    opened.image.layers.push_back(
        {std::move(config.diff_ids[i]), extent.size, compression, index.path(), extent.offset});
    opened.layers.push_back(std::move(extent));
  }
  return opened;
}

class RawSource final : public Source {
 public:
  RawSource(OpenedImage opened, TarIndex index)
      : contents_(std::move(opened.image)),
        layers_(std::move(opened.layers)),
        index_(std::move(index)) {}
  [[nodiscard]] const Contents& contents() const override { return contents_; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor&) override {
    return Error(ErrorClass::internal, "source.no-blob",
                 "an uncompressed image has no compressed blobs");
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    return std::unique_ptr<http::BodySource>(std::make_unique<ExtentStream>(layers_.at(index)));
  }
  [[nodiscard]] std::optional<platform::FileVersion> settled_version() const override {
    return index_.settled_version();
  }

 private:
  Contents contents_;
  std::vector<Extent> layers_;
  TarIndex index_;
};

base::Result<void> check_archived_platform(const std::optional<oci::Platform>& platform,
                                           const std::vector<oci::Platform>& wanted,
                                           const std::string& place) {
  for (const auto& one : wanted)
    if (!platform || !platform->matches(one))
      return Error(ErrorClass::not_found, "source.no-platform",
                   fmt::format("{} has no image for {}", place, one.str()))
          .cause(platform ? "available: " + base::escape(platform->str())
                          : "its config has no platform");
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Source>> docker_archive_source(
    const TarIndex& index, const std::string& selector, const std::vector<oci::Platform>& platforms,
    base::Log& log) {
  BERTH_TRY(auto archived, choose_archived_image(index, selector, platforms));
  BERTH_TRY(auto config, read_archived_config(index, archived));
  const auto platform = oci::config_platform(config.bytes);
  const DescribedImage described{archived, config.digest, config.diff_ids.size(), platform};
  if (auto stored = find_store_image(index, described, platforms, log)) return stored;
  BERTH_CHECK(check_archived_platform(platform, platforms, index.path()));
  BERTH_TRY(auto opened,
            open_layers(index, archived, std::move(config), platform.value_or(oci::Platform{})));
  return std::unique_ptr<Source>(std::make_unique<RawSource>(std::move(opened), index));
}

}  // namespace berth::image
