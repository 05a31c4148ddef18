#include "image/ready_source.hpp"

#include "image/gather_image.hpp"
#include "image/layout.hpp"
#include "image/layout_index.hpp"
#include "image/selection.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
// The documents of an image in a layout are blobs like the others.
class FolderDocuments final : public ImageDocuments {
 public:
  explicit FolderDocuments(const BlobFolder& folder) : folder_(folder) {}
  [[nodiscard]] const std::string& place() const override { return folder_.place(); }
  base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) override {
    return read_blob(folder_, descriptor, oci::kManifestLimit);
  }
  base::Result<std::string> read_config(const oci::Descriptor& descriptor) override {
    return read_blob(folder_, descriptor, oci::kManifestLimit);
  }

 private:
  const BlobFolder& folder_;
};

class ReadySource final : public Source {
 public:
  ReadySource(std::unique_ptr<BlobFolder> folder, ReadyImage image)
      : folder_(std::move(folder)), contents_(std::move(image)) {}

  [[nodiscard]] const Contents& contents() const override { return contents_; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    BERTH_TRY(const auto extent, folder_->open(blob_name(blob.digest)));
    BERTH_TRY(auto stream, VerifiedStream::open(extent, blob.digest, blob.size));
    return std::unique_ptr<http::BodySource>(std::move(stream));
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t) override {
    return Error(ErrorClass::internal, "source.no-layer", "a complete image has no uncompressed layers");
  }

 private:
  std::unique_ptr<BlobFolder> folder_;
  Contents contents_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> ready_source(std::unique_ptr<BlobFolder> folder, const oci::Descriptor& root,
                                                   const std::vector<oci::Platform>& platforms) {
  FolderDocuments documents(*folder);
  BERTH_TRY(auto image, gather_image(documents, root, platforms));
  return std::unique_ptr<Source>(std::make_unique<ReadySource>(std::move(folder), std::move(image)));
}

base::Result<std::unique_ptr<Source>> layout_source(std::unique_ptr<BlobFolder> folder, const std::string& selector,
                                                    const std::vector<oci::Platform>& platforms) {
  BERTH_TRY(const auto entries, read_layout_index(*folder));
  std::vector<std::vector<std::string>> names;
  for (const auto& entry : entries) {
    std::vector<std::string> own;
    if (!entry.name.empty()) own.push_back(entry.name);
    if (const auto* full = entry.descriptor.annotation(kContainerdName)) own.push_back(*full);
    names.push_back(std::move(own));
  }
  BERTH_TRY(const auto chosen, select_image(names, selector, folder->place()));
  return ready_source(std::move(folder), entries[chosen].descriptor, platforms);
}

}  // namespace berth::image
