#include "app/source_reader.hpp"

#include <fmt/format.h>

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// The documents of a source, which has read the manifests already.
class SourceDocuments final : public image::ImageDocuments {
 public:
  explicit SourceDocuments(image::Source& source) : source_(source) {}

  [[nodiscard]] const std::string& place() const override { return source_.place(); }

  base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) override {
    if (const auto* image = std::get_if<image::ReadyImage>(&source_.contents()))
      for (const auto& manifest : image->manifests)
        if (manifest.digest == descriptor.digest) return manifest.bytes;
    return Error(ErrorClass::integrity, "source.missing",
                 fmt::format("manifest {} is missing in {}", descriptor.digest.str(), place()));
  }

  base::Result<std::string> read_config(const oci::Descriptor& descriptor) override {
    if (descriptor.size > oci::kManifestLimit)
      return Error(ErrorClass::integrity, "source.blob",
                   fmt::format("the config in {} is too large", place()))
          .cause(fmt::format("it has {} bytes", descriptor.size));
    BERTH_TRY(const auto stream, source_.open_blob(descriptor));
    std::string text(descriptor.size, '\0');
    for (std::size_t done = 0; done < text.size();) {
      BERTH_TRY(const auto count,
                stream->read(std::as_writable_bytes(std::span(text).subspan(done))));
      if (count == 0) break;
      done += count;
    }
    std::byte end{};  // the stream verifies size and digest at its end
    BERTH_CHECK(stream->read(std::span(&end, 1)));
    return text;
  }

  base::Result<bool> has_blob(const oci::Descriptor& descriptor) override {
    return source_.check_blob(descriptor).has_value();
  }
  base::Result<bool> is_stored_as_manifest(const oci::Descriptor& descriptor) override {
    return read_manifest(descriptor).has_value();
  }

 private:
  image::Source& source_;
};

class SourceReader final : public ImageReader {
 public:
  SourceReader(std::unique_ptr<image::Source> source, std::string name)
      : source_(std::move(source)), name_(std::move(name)), documents_(*source_) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const image::RawImage* raw_image() const override {
    return std::get_if<image::RawImage>(&source_->contents());
  }

  base::Result<ImageRoot> root() override {
    const auto* image = std::get_if<image::ReadyImage>(&source_->contents());
    if (image == nullptr)
      return Error(ErrorClass::usage, "inspect.no-manifest", name_ + " has no manifest")
          .cause(
              "its layers are not compressed: berth creates the manifest when it pushes the "
              "image")
          .fix(fmt::format("print the digest of a push: berth push --dry-run {} DESTINATION",
                           name_));
    const auto& root = image->manifests.back();
    return ImageRoot{root.media_type, root.digest, root.bytes.size()};
  }

  image::ImageDocuments& documents() override { return documents_; }
  base::Result<std::vector<Referrer>> referrers(const oci::Digest& digest) override {
    static_cast<void>(digest);
    return std::vector<Referrer>();
  }

 private:
  std::unique_ptr<image::Source> source_;
  std::string name_;
  SourceDocuments documents_;
};

}  // namespace

std::unique_ptr<ImageReader> source_reader(std::unique_ptr<image::Source> source,
                                           std::string name) {
  return std::make_unique<SourceReader>(std::move(source), std::move(name));
}

}  // namespace berth::app
