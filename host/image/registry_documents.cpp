#include "image/registry_documents.hpp"

#include <fmt/format.h>

#include "image/blob_stream.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

// Keeps a small blob; BlobClient::fetch() limits its size.
class TextSink final : public http::BodySink {
 public:
  base::Result<void> write(std::span<const std::byte> bytes) override {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  void restart() override { text_.clear(); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class RegistryDocuments final : public ImageDocuments {
 public:
  RegistryDocuments(registry::RegistryClient& client, std::string repository, std::string place,
                    std::optional<registry::FetchedManifest> root)
      : client_(client),
        repository_(std::move(repository)),
        place_(std::move(place)),
        root_(std::move(root)) {}

  [[nodiscard]] const std::string& place() const override { return place_; }

  base::Result<std::string> read_manifest(const oci::Descriptor& descriptor) override {
    if (root_ && descriptor.digest == root_->digest) return root_->bytes;
    BERTH_TRY(auto fetched, client_.manifests().fetch(repository_, descriptor.digest.str()));
    if (!fetched)
      return Error(ErrorClass::integrity, "source.missing",
                   fmt::format("manifest {} is missing in {}", descriptor.digest.str(), place_));
    BERTH_CHECK(check_bytes(fetched->bytes, descriptor));
    return std::move(fetched->bytes);
  }

  base::Result<std::string> read_config(const oci::Descriptor& descriptor) override {
    if (const auto* embedded = oci::embedded_content(descriptor)) return *embedded;
    if (descriptor.size > oci::kManifestLimit)
      return damaged_blob(place_, fmt::format("its config has {} bytes", descriptor.size));
    TextSink sink;
    BERTH_CHECK(client_.blobs().fetch(repository_, descriptor, sink));
    std::string text = sink.take();
    BERTH_CHECK(check_bytes(text, descriptor));
    return text;
  }

  base::Result<bool> has_blob(const oci::Descriptor& descriptor) override {
    BERTH_TRY(const auto size, client_.blobs().size(repository_, descriptor.digest));
    return size.has_value();
  }

  base::Result<bool> is_stored_as_manifest(const oci::Descriptor& descriptor) override {
    BERTH_TRY(const bool is_blob, has_blob(descriptor));
    return !is_blob;
  }

 private:
  [[nodiscard]] base::Result<void> check_bytes(std::string_view bytes,
                                               const oci::Descriptor& descriptor) const {
    const auto actual = oci::digest_of(bytes, descriptor.digest.algorithm());
    if (actual == descriptor.digest && bytes.size() == descriptor.size) return {};
    return damaged_blob(
        place_, fmt::format("{} has {} bytes with digest {}; {} bytes in its descriptor",
                            descriptor.digest.str(), bytes.size(), actual.str(), descriptor.size));
  }

  registry::RegistryClient& client_;
  std::string repository_;
  std::string place_;
  std::optional<registry::FetchedManifest> root_;
};

}  // namespace

std::unique_ptr<ImageDocuments> registry_documents(registry::RegistryClient& client,
                                                   std::string repository, std::string place,
                                                   std::optional<registry::FetchedManifest> root) {
  return std::make_unique<RegistryDocuments>(client, std::move(repository), std::move(place),
                                             std::move(root));
}

}  // namespace berth::image
