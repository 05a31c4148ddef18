#include "app/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_members.hpp"
#include "image/platform_selection.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"

namespace berth::app {
namespace {

namespace types = oci::media_type;
using base::Error;
using base::ErrorClass;

oci::Descriptor descriptor_of(const ImageRoot& root) {
  return {root.media_type, root.digest, root.size, {}, {}, {}};
}

// Returns the annotations of a manifest or an index; those that are not strings are left out.
Annotations annotations_of(std::string_view bytes) {
  constexpr std::string_view kName = "annotations";
  Annotations annotations;
  const auto found = base::find_members(bytes, "the manifest", std::array{kName});
  if (!found || !found->front()) return annotations;
  const auto parsed = base::parse_member(*found->front(), "the annotations");
  if (!parsed || !parsed->is_object()) return annotations;
  for (const auto& [key, value] : *parsed->as_object())
    if (value.is_string()) annotations.emplace_back(key, *value.as_string());
  return annotations;
}

bool is_document(const oci::Descriptor& entry) {
  return types::is_manifest(entry.media_type) || types::is_index(entry.media_type) ||
         entry.media_type.empty();
}

class Inspection {
 public:
  Inspection(ImageReader& reader, const std::optional<oci::Platform>& platform)
      : reader_(reader), platform_(platform) {}

  // The root, with an index reduced to the manifest of the platform.
  base::Result<void> open(InspectReport& report) {
    BERTH_TRY(auto root, reader_.root());
    BERTH_TRY(report.bytes, reader_.documents().read_manifest(descriptor_of(root)));
    BERTH_TRY(auto document, oci::parse_document(report.bytes, root.media_type));
    if (platform_) {
      if (const auto* index = std::get_if<oci::Index>(&document)) {
        BERTH_TRY(const auto entry, select(*index));
        BERTH_TRY(report.bytes, reader_.documents().read_manifest(entry));
        BERTH_TRY(document, oci::parse_document(report.bytes, entry.media_type));
        root = {entry.media_type, entry.digest, entry.size};
      } else {
        BERTH_CHECK(check_platform(std::get<oci::Manifest>(document)));
      }
    }
    report.root = std::move(root);
    report.is_index = std::holds_alternative<oci::Index>(document);
    report.annotations = annotations_of(report.bytes);
    document_ = std::move(document);
    if (report.root->media_type.empty()) report.root->media_type = media_type();
    return {};
  }

  base::Result<void> add_manifests(InspectReport& report) {
    if (const auto* manifest = std::get_if<oci::Manifest>(&*document_)) {
      InspectedManifest only{descriptor_of(*report.root)};
      BERTH_CHECK(describe(*manifest, only));
      report.manifests.push_back(std::move(only));
      return {};
    }
    const auto& entries = std::get<oci::Index>(*document_).manifests;
    for (const auto& entry : entries) {
      InspectedManifest inspected{entry};
      inspected.platform = entry.platform;
      if (entries.size() <= kMaxReadManifests && is_document(entry))
        BERTH_CHECK(read(entry, inspected));
      report.manifests.push_back(std::move(inspected));
    }
    return {};
  }

  // The manifest whose config is printed.
  base::Result<oci::Manifest> only_manifest() {
    if (auto* manifest = std::get_if<oci::Manifest>(&*document_)) return std::move(*manifest);
    const auto& entries = std::get<oci::Index>(*document_).manifests;
    std::vector<const oci::Descriptor*> images;
    for (const auto& entry : entries)
      if (is_document(entry) && image::described_image(entry) == nullptr) images.push_back(&entry);
    if (images.size() != 1) return several_platforms(images);
    BERTH_TRY(auto bytes, reader_.documents().read_manifest(*images.front()));
    return oci::parse_manifest(std::move(bytes), images.front()->media_type);
  }

 private:
  [[nodiscard]] std::string media_type() const {
    const auto* index = std::get_if<oci::Index>(&*document_);
    return index != nullptr ? index->media_type : std::get<oci::Manifest>(*document_).media_type;
  }

  base::Result<oci::Descriptor> select(const oci::Index& index) {
    image::DocumentReader documents(reader_.documents());
    BERTH_TRY(auto selection,
              image::select_platforms(documents, reader_.name(), index, {*platform_}));
    return std::move(selection.images.front());
  }

  // Of an image without an index, the config has the platform.
  base::Result<void> check_platform(const oci::Manifest& manifest) {
    image::DocumentReader documents(reader_.documents());
    BERTH_TRY(const auto platform, documents.config_platform(manifest));
    if (platform && platform->matches(*platform_)) return {};
    return image::no_platform(reader_.name(), *platform_, {platform});
  }

  base::Result<void> read(const oci::Descriptor& entry, InspectedManifest& inspected) {
    auto bytes = reader_.documents().read_manifest(entry);
    if (!bytes && bytes.error().code() == "source.missing") {
      inspected.state = InspectedManifest::State::missing;
      return {};
    }
    if (!bytes) return std::move(bytes).error();
    BERTH_TRY(auto document, oci::parse_document(std::move(*bytes), entry.media_type));
    if (const auto* manifest = std::get_if<oci::Manifest>(&document))
      return describe(*manifest, inspected);
    inspected.annotations = annotations_of(std::get<oci::Index>(document).bytes);
    return {};
  }

  base::Result<void> describe(const oci::Manifest& manifest, InspectedManifest& inspected) {
    inspected.state = InspectedManifest::State::read;
    inspected.config = manifest.config;
    inspected.layers = manifest.layers;
    inspected.subject = manifest.subject;
    inspected.artifact_type = manifest.artifact_type;
    inspected.annotations = annotations_of(manifest.bytes);
    if (!manifest.config) return {};
    const auto& type = manifest.config->media_type;
    if (type != types::kOciConfig && type != types::kDockerConfig) return {};
    BERTH_TRY(inspected.config_text, reader_.documents().read_config(*manifest.config));
    if (!inspected.platform) inspected.platform = oci::config_platform(inspected.config_text);
    return {};
  }

  [[nodiscard]] Error several_platforms(const std::vector<const oci::Descriptor*>& images) const {
    Error error(ErrorClass::usage, "inspect.platform",
                fmt::format("{} has {} images", reader_.name(), images.size()));
    for (const auto* image : images)
      if (image->platform && image->platform->is_known())
        return std::move(error).fix("select one: --platform " + image->platform->full_str());
    return error;
  }

  ImageReader& reader_;
  const std::optional<oci::Platform>& platform_;
  std::optional<oci::Document> document_ = {};
};

base::Result<void> check_raw_platform(const ImageReader& reader, const InspectRequest& request) {
  const auto& platform = reader.raw_image()->platform;
  if (!request.platform || platform.matches(*request.platform)) return {};
  return image::no_platform(reader.name(), *request.platform, {platform});
}

}  // namespace

std::uint64_t InspectedManifest::layers_size() const {
  std::uint64_t sum = 0;
  for (const auto& layer : layers) sum += layer.size;
  return sum;
}

base::Result<InspectReport> inspect(const App& app, const InspectRequest& request, Events& events) {
  BERTH_TRY(const auto reader, open_image_reader(app, request.image, events));
  InspectReport report{.reference = reader->name()};
  if (const auto* raw = reader->raw_image()) {
    BERTH_CHECK(check_raw_platform(*reader, request));
    report.raw = *raw;
    return report;
  }
  Inspection inspection(*reader, request.platform);
  BERTH_CHECK(inspection.open(report));
  BERTH_CHECK(inspection.add_manifests(report));
  auto referrers = reader->referrers(report.root->digest);
  if (referrers)
    report.referrers = std::move(*referrers);
  else if (app.cancellation.requested())
    return std::move(referrers).error();
  else
    report.referrers_error = std::move(referrers).error();
  return report;
}

base::Result<std::string> inspect_raw(const App& app, const InspectRequest& request,
                                      Events& events) {
  BERTH_TRY(const auto reader, open_image_reader(app, request.image, events));
  InspectReport report{.reference = reader->name()};
  BERTH_CHECK(Inspection(*reader, request.platform).open(report));
  return std::move(report.bytes);
}

base::Result<std::string> inspect_config(const App& app, const InspectRequest& request,
                                         Events& events) {
  BERTH_TRY(const auto reader, open_image_reader(app, request.image, events));
  if (const auto* raw = reader->raw_image()) {
    BERTH_CHECK(check_raw_platform(*reader, request));
    return raw->config;
  }
  InspectReport report{.reference = reader->name()};
  Inspection inspection(*reader, request.platform);
  BERTH_CHECK(inspection.open(report));
  BERTH_TRY(const auto manifest, inspection.only_manifest());
  if (manifest.config) return reader->documents().read_config(*manifest.config);
  return Error(ErrorClass::not_found, "inspect.no-config", reader->name() + " has no config")
      .cause("it is an artifact of type " + manifest.media_type);
}

}  // namespace berth::app
