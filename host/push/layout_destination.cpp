#include "push/layout_destination.hpp"

#include <fmt/format.h>

#include "image/layout_reader.hpp"
#include "image/layout_writer.hpp"

namespace berth::push {
namespace {

namespace types = oci::media_type;

class LayoutContent final : public StoredContent {
 public:
  explicit LayoutContent(std::string directory)
      : directory_(image::directory_layout(std::move(directory))) {}

  base::Result<bool> has_blob(const oci::Descriptor& blob) override {
    return image::has_stored_blob(*directory_, blob);
  }
  base::Result<bool> has_manifest(const oci::Descriptor& manifest) override {
    return has_blob(manifest);
  }

 private:
  std::unique_ptr<image::LayoutReader> directory_;
};

class LayoutDestination final : public Destination {
 public:
  LayoutDestination(image::LayoutWriter writer, std::string directory, std::string name)
      : writer_(std::move(writer)), directory_(std::move(directory)), name_(std::move(name)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("oci:{}:{}", directory_, name_);
  }
  [[nodiscard]] std::unique_ptr<StoredContent> content() override {
    return layout_content(directory_);
  }

  base::Result<Action> put_blob(const BlobToStore& blob, http::BodySource& source) override {
    BERTH_TRY(const bool there, writer_.has_blob(blob.digest, blob.size));
    if (there) return Action::reused;
    BERTH_TRY([[maybe_unused]] const auto stored, writer_.add_blob(source, &blob.digest));
    return Action::uploaded;
  }

  base::Result<Action> put_layer(http::BodySource& bytes, const image::LayerStream& /*layer*/,
                                 const BlobToStore* expected) override {
    if (expected != nullptr) {
      BERTH_TRY(const bool there, writer_.has_blob(expected->digest, expected->size));
      if (there) return Action::reused;
    }
    BERTH_TRY([[maybe_unused]] const auto blob, writer_.add_blob(bytes, nullptr));
    return Action::uploaded;
  }

  base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest,
                                     const std::string* reference) override {
    BERTH_CHECK(writer_.add_bytes(manifest.bytes, manifest.digest));
    if (reference != nullptr)
      BERTH_CHECK(writer_.set_entry(
          entry_name(*reference),
          {manifest.media_type, manifest.digest, manifest.bytes.size(), {}, {}, {}}));
    return Receipt{manifest.digest, true};
  }

  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference,
                                                   Lookup /*lookup*/) override {
    BERTH_TRY(auto entry, writer_.read_entry(entry_name(reference)));
    if (!entry) return std::optional<oci::Digest>();
    BERTH_CHECK(verify(*entry));
    return std::optional(std::move(entry->digest));
  }

 private:
  [[nodiscard]] std::string entry_name(const std::string& reference) const {
    return name_ + (oci::Digest::parse(reference) ? "@" : ":") + reference;
  }

  // Reads back and hashes everything below a manifest.
  base::Result<void> verify(const oci::Descriptor& root) {
    BERTH_TRY(auto bytes, writer_.read_manifest(root));
    BERTH_TRY(const auto document, oci::parse_document(std::move(bytes), root.media_type));
    if (const auto* index = std::get_if<oci::Index>(&document)) {
      for (const auto& entry : index->manifests) {
        const bool is_document =
            types::is_index(entry.media_type) || types::is_manifest(entry.media_type);
        BERTH_CHECK(is_document ? verify(entry) : writer_.verify_blob(entry.digest, entry.size));
      }
      return {};
    }
    const auto& manifest = std::get<oci::Manifest>(document);
    if (manifest.config)
      BERTH_CHECK(writer_.verify_blob(manifest.config->digest, manifest.config->size));
    for (const auto& layer : manifest.layers)
      if (!types::is_foreign_layer(layer.media_type) && layer.urls.empty())
        BERTH_CHECK(writer_.verify_blob(layer.digest, layer.size));
    return {};
  }

  image::LayoutWriter writer_;
  std::string directory_;
  std::string name_;
};

}  // namespace

base::Result<std::unique_ptr<Destination>> layout_destination(
    std::string directory, std::string name, const base::Cancellation& cancellation) {
  BERTH_TRY(auto writer, image::LayoutWriter::open(directory, cancellation));
  return std::unique_ptr<Destination>(std::make_unique<LayoutDestination>(
      std::move(writer), std::move(directory), std::move(name)));
}

std::unique_ptr<StoredContent> layout_content(std::string directory) {
  return std::make_unique<LayoutContent>(std::move(directory));
}

}  // namespace berth::push
