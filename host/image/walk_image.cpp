#include "image/walk_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "image/blob_stream.hpp"
#include "image/notices.hpp"
#include "image/platform_selection.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace types = oci::media_type;

// A document that was created in place of an index.
struct Reduced {
  oci::Digest digest;
  std::uint64_t size = 0;
};

class ImageWalker {
 public:
  ImageWalker(ImageDocuments& documents, const std::vector<oci::Platform>& platforms)
      : documents_(documents), reader_(documents), platforms_(platforms) {}

  base::Result<ReadyImage> walk(const oci::Descriptor& root) {
    auto document = reader_.read(root);
    if (!document) return root_error(std::move(document).error(), root);
    if (auto* index = std::get_if<oci::Index>(&*document)) {
      BERTH_CHECK(platforms_.empty() ? add_index(root, std::move(*index), 0)
                                     : add_selected(root, std::move(*index)));
    } else {
      auto& manifest = std::get<oci::Manifest>(*document);
      BERTH_TRY(const auto platform, root_platform(root, manifest));
      BERTH_CHECK(add_manifest(std::move(manifest), nullptr, platform));
    }
    if (!foreign_.empty()) image_.notices.push_back(foreign_layers_notice(foreign_));
    return std::move(image_);
  }

 private:
  // The error may mean that the root is not an image: then its media type is not that of a
  // document.
  Error root_error(Error error, const oci::Descriptor& root) const {
    const auto& type = root.media_type;
    const bool known = types::is_index(type) || types::is_manifest(type) ||
                       types::is_schema1(type) || type.empty();
    if (known || error.error_class() != ErrorClass::integrity ||
        !error.code().starts_with("manifest."))
      return error;
    return Error(ErrorClass::validation, "source.not-an-image",
                 documents_.place() + " is not an image")
        .cause(fmt::format("its media type is {}", base::quote(type, 120)));
  }

  // Returns the platform of a manifest that is not in an index. It must match every requested
  // platform.
  base::Result<std::optional<oci::Platform>> root_platform(const oci::Descriptor& root,
                                                           const oci::Manifest& manifest) {
    std::optional<oci::Platform> platform = root.platform;
    if (platforms_.empty()) return platform;
    if (!platform || !platform->is_known()) {
      BERTH_TRY(platform, reader_.config_platform(manifest));
    }
    for (const auto& requested : platforms_)
      if (!platform || !platform->matches(requested))
        return no_platform(documents_.place(), requested, {platform});
    return platform;
  }

  // `depth`: number of indexes above the entry.
  base::Result<void> add_entry(const oci::Descriptor& entry, int depth) {
    if (depth > kMaxIndexDepth) return reader_.too_deep();
    if (!seen_.insert(entry.digest.str()).second) return {};
    BERTH_TRY(const bool is_document, is_document(entry));
    if (!is_document) return add_blob(entry, BlobKind::other);
    auto document = reader_.read(entry);
    if (!document && document.error().code() == "source.missing") {
      image_.absent.push_back(entry);
      return {};
    }
    // An entry without a media type that cannot be parsed as a document is a blob.
    if (!document && entry.media_type.empty() &&
        document.error().error_class() == ErrorClass::integrity)
      return add_blob(entry, BlobKind::other);
    if (!document) return std::move(document).error();
    if (auto* index = std::get_if<oci::Index>(&*document))
      return add_index(entry, std::move(*index), depth);
    return add_manifest(std::move(std::get<oci::Manifest>(*document)), &entry, entry.platform);
  }

  base::Result<bool> is_document(const oci::Descriptor& entry) {
    const auto& type = entry.media_type;
    if (types::is_index(type) || types::is_manifest(type) || types::is_schema1(type) ||
        type.empty())
      return true;
    return documents_.is_stored_as_manifest(entry);
  }

  base::Result<void> add_index(const oci::Descriptor& descriptor, oci::Index index, int depth) {
    for (const auto& entry : index.manifests) BERTH_CHECK(add_entry(entry, depth + 1));
    store(std::move(index), depth > 0 ? &descriptor : nullptr, descriptor.platform);
    return {};
  }

  base::Result<void> add_manifest(oci::Manifest manifest, const oci::Descriptor* entry,
                                  const std::optional<oci::Platform>& platform) {
    if (manifest.config) BERTH_CHECK(add_blob(*manifest.config, BlobKind::config));
    for (const auto& layer : manifest.layers) {
      BERTH_TRY(const bool elsewhere, stays_elsewhere(layer));
      if (elsewhere) {
        foreign_.emplace(layer.digest.str(), layer);
      } else {
        BERTH_CHECK(add_blob(layer, BlobKind::layer));
      }
    }
    store(std::move(manifest), entry, platform);
    return {};
  }

  // Clients fetch foreign layers from their urls, and registries may refuse to store them. A layer
  // with only the media type or only urls is uploaded if the source has it.
  base::Result<bool> stays_elsewhere(const oci::Descriptor& layer) {
    const bool foreign = types::is_foreign_layer(layer.media_type);
    if (!foreign && layer.urls.empty()) return false;
    if (foreign && !layer.urls.empty()) return true;
    BERTH_TRY(const bool there, documents_.has_blob(layer));
    return !there;
  }

  base::Result<void> add_selected(const oci::Descriptor& root, oci::Index index) {
    BERTH_TRY(const auto selection,
              select_platforms(reader_, documents_.place(), index, platforms_));
    if (selection.images.size() > 1) {
      BERTH_CHECK(add_reduced(root, std::move(index), selection, 0));
      if (absent_companions_ > 0)
        image_.notices.push_back(absent_attestations_notice(absent_companions_));
      return {};
    }
    const auto& only = selection.images.front();
    BERTH_CHECK(add_entry(only, 1));
    if (!image_.absent.empty()) return absent_platform(only);
    if (!selection.companions.empty())
      image_.notices.push_back(attestations_notice(selection.companions.size()));
    return {};
  }

  Error absent_platform(const oci::Descriptor& image) const {
    return Error(ErrorClass::not_found, "source.no-platform",
                 fmt::format("{} has no image for {}", documents_.place(),
                             platforms_.front().full_str()))
        .cause(fmt::format("its index lists {}, but that manifest is missing", image.digest.str()));
  }

  // Adds a selected entry. Returns false for an attestation that the source does not have: only
  // images are required.
  base::Result<bool> add_kept(const oci::Descriptor& entry, const PlatformSelection& selection,
                              int depth) {
    const std::size_t absent = image_.absent.size();
    BERTH_CHECK(add_entry(entry, depth));
    if (image_.absent.size() == absent || !selection.companions.contains(entry.digest.str()))
      return true;
    image_.absent.pop_back();
    ++absent_companions_;
    return false;
  }

  // Adds the selected entries and an index of them. If that has all entries, its bytes stay; else
  // it is a new document, because its digest must match its content.
  base::Result<void> add_reduced(const oci::Descriptor& descriptor, oci::Index index,
                                 const PlatformSelection& selection, int depth) {
    BERTH_TRY(auto document, base::parse_json(index.bytes, "the index"));
    const auto& entries = *document.find("manifests")->as_array();
    base::Json::Array written;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& entry = index.manifests[i];
      base::Json item = entries[i];
      const bool selected = selection.kept.contains(entry.digest.str());
      BERTH_TRY(const bool stays, selected ? add_kept(entry, selection, depth + 1)
                                           : add_nested(entry, selection, depth, item));
      if (stays) written.push_back(std::move(item));
    }
    const bool changed = written != entries;
    if (changed) {
      document.set("manifests", base::Json(std::move(written)));
      BERTH_TRY(index, oci::parse_index(document.dump(), index.media_type));
    }
    store(std::move(index), depth > 0 && !changed ? &descriptor : nullptr, descriptor.platform);
    return {};
  }

  // Returns whether `entry` is an index with selected entries; sets `item` to the descriptor of
  // what replaces it.
  base::Result<bool> add_nested(const oci::Descriptor& entry, const PlatformSelection& selection,
                                int depth, base::Json& item) {
    if (!is_nested_index(entry) || !has_selected(entry, selection.kept)) return false;
    auto& reduced = reduced_[entry.digest.str()];
    if (!reduced) {
      BERTH_TRY(auto document, reader_.read(entry));
      BERTH_CHECK(
          add_reduced(entry, std::move(std::get<oci::Index>(document)), selection, depth + 1));
      const auto& stored = image_.manifests.back();
      reduced = Reduced{stored.digest, stored.bytes.size()};
    }
    if (reduced->digest == entry.digest) return true;
    item.set("digest", reduced->digest.str());
    item.set("size", reduced->size);
    item.erase("data");
    return true;
  }

  // Returns whether the index `entry`, or one nested in it, contains selected entries.
  bool has_selected(const oci::Descriptor& entry, const std::set<std::string>& kept) {
    const auto [known, is_new] = selected_below_.emplace(entry.digest.str(), false);
    if (!is_new) return known->second;
    const auto peeked = reader_.peek(entry);
    const auto* nested = peeked ? std::get_if<oci::Index>(*peeked) : nullptr;
    if (nested == nullptr) return false;
    const oci::Index index = *nested;
    known->second = std::ranges::any_of(index.manifests, [&](const oci::Descriptor& below) {
      return kept.contains(below.digest.str()) ||
             (is_nested_index(below) && has_selected(below, kept));
    });
    return known->second;
  }

  base::Result<void> add_blob(const oci::Descriptor& blob, BlobKind kind) {
    const auto [known, is_new] = sizes_.emplace(blob.digest.str(), blob.size);
    if (is_new) image_.blobs.push_back({blob, kind});
    if (known->second == blob.size) return {};
    return damaged_blob(documents_.place(),
                        fmt::format("{} has {} bytes in one manifest and {} in another",
                                    blob.digest.brief(), known->second, blob.size));
  }

  // A document is stored under the digest in its index, whatever the algorithm.
  template <typename Document>
  void store(Document document, const oci::Descriptor* entry,
             const std::optional<oci::Platform>& platform) {
    auto digest = entry != nullptr ? entry->digest : std::move(document.digest);
    image_.manifests.push_back({std::move(document.bytes), std::move(document.media_type),
                                std::move(digest),
                                platform && platform->is_known() ? platform : std::nullopt});
  }

  ImageDocuments& documents_;
  DocumentReader reader_;
  const std::vector<oci::Platform>& platforms_;
  ReadyImage image_;
  std::set<std::string> seen_;                      // entries of indexes
  std::map<std::string, std::uint64_t> sizes_;      // blobs
  std::map<std::string, oci::Descriptor> foreign_;  // layers that are not uploaded
  std::size_t absent_companions_ = 0;
  std::map<std::string, bool> selected_below_;  // nested indexes; has_selected()
  std::map<std::string, std::optional<Reduced>>
      reduced_;  // by digest: what replaces a nested index
};

}  // namespace

base::Result<ReadyImage> walk_image(ImageDocuments& documents, const oci::Descriptor& root,
                                    const std::vector<oci::Platform>& platforms) {
  return ImageWalker(documents, platforms).walk(root);
}

}  // namespace berth::image
