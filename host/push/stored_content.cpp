#include "push/stored_content.hpp"

#include "image/blob_folder.hpp"

namespace berth::push {
namespace {

class RegistryContent final : public StoredContent {
 public:
  RegistryContent(registry::Session& session, std::string repository)
      : session_(session), repository_(std::move(repository)) {}

  // Also reads the first byte: HEAD may be answered from a cache, and the source cannot replace the blob.
  base::Result<bool> has_blob(const oci::Descriptor& blob) override {
    BERTH_TRY(const auto size, session_.blob_size(repository_, blob.digest));
    if (!size || (*size != blob.size && *size != 0)) return false;
    return session_.has_blob_bytes(repository_, {blob.digest, blob.size});
  }
  base::Result<bool> has_manifest(const oci::Descriptor& manifest) override {
    BERTH_TRY(const auto found, session_.head_manifest(repository_, manifest.digest.str()));
    return found.has_value();
  }

 private:
  registry::Session& session_;
  std::string repository_;
};

class LayoutContent final : public StoredContent {
 public:
  explicit LayoutContent(std::string directory) : folder_(image::directory_folder(std::move(directory))) {}

  base::Result<bool> has_blob(const oci::Descriptor& blob) override { return image::has_stored_blob(*folder_, blob); }
  base::Result<bool> has_manifest(const oci::Descriptor& manifest) override { return has_blob(manifest); }

 private:
  std::unique_ptr<image::BlobFolder> folder_;
};

}  // namespace

std::unique_ptr<StoredContent> registry_content(registry::Session& session, std::string repository) {
  return std::make_unique<RegistryContent>(session, std::move(repository));
}

std::unique_ptr<StoredContent> layout_content(std::string directory) {
  return std::make_unique<LayoutContent>(std::move(directory));
}

}  // namespace berth::push
