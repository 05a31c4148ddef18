#include "push/registry_destination.hpp"

#include <fmt/format.h>

#include "push/blob_upload.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

class RegistryContent final : public StoredContent {
 public:
  RegistryContent(registry::RegistryClient& client, std::string repository)
      : client_(client), repository_(std::move(repository)) {}

  // Also reads the first byte: HEAD may be answered from a cache, and the source cannot replace the
  // blob.
  base::Result<bool> has_blob(const oci::Descriptor& blob) override {
    BERTH_TRY(const auto size, client_.blobs().size(repository_, blob.digest));
    if (!size || (*size != blob.size && *size != 0)) return false;
    return client_.blobs().is_readable(repository_, {blob.digest, blob.size});
  }
  base::Result<bool> has_manifest(const oci::Descriptor& manifest) override {
    BERTH_TRY(const auto found, client_.manifests().head(repository_, manifest.digest.str()));
    return found.has_value();
  }
  base::Result<bool> reports_blob(const oci::Descriptor& blob,
                                  const std::string* repository) override {
    BERTH_TRY(const auto size,
              client_.blobs().size(repository != nullptr ? *repository : repository_, blob.digest,
                                   registry::Need::optional));
    return size && (*size == blob.size || *size == 0);
  }
  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference) override {
    BERTH_TRY(auto found,
              client_.manifests().head(repository_, reference, registry::Need::optional));
    return found ? std::move(found->digest) : std::nullopt;
  }

 private:
  registry::RegistryClient& client_;
  std::string repository_;
};

class RegistryDestination final : public Destination {
 public:
  RegistryDestination(registry::RegistryClient& client, std::string repository,
                      UploadOptions options, const base::Cancellation& cancellation, base::Log& log)
      : client_(client),
        repository_(std::move(repository)),
        strategy_(options.rules),
        cancellation_(cancellation),
        log_(log),
        on_retry_(std::move(options.on_retry)) {}

  [[nodiscard]] std::string name() const override { return client_.host() + "/" + repository_; }
  [[nodiscard]] std::unique_ptr<StoredContent> content() override {
    return registry_content(client_, repository_);
  }

  base::Result<Action> put_blob(const BlobToStore& blob, http::BodySource& source) override {
    BlobBody body(source, blob);
    return BlobUpload(target(), body, true).run();
  }

  base::Result<Action> upload_blob(const BlobToStore& blob, http::BodySource& source) override {
    BlobBody body(source, blob);
    return BlobUpload(target(), body, false).run();
  }

  base::Result<Action> put_layer(http::BodySource& bytes, const image::LayerStream& layer,
                                 const BlobToStore* expected) override {
    BlobBody body(bytes, layer, expected);
    return BlobUpload(target(), body, true).run();
  }

  base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest,
                                     const std::string* reference) override {
    BERTH_TRY(auto stored,
              client_.manifests().put(repository_,
                                      reference != nullptr ? *reference : manifest.digest.str(),
                                      manifest.media_type, manifest.bytes));
    return Receipt{std::move(stored.digest), stored.created};
  }

  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference,
                                                   Lookup lookup) override {
    if (lookup == Lookup::quick) {
      BERTH_TRY(auto head,
                client_.manifests().head(repository_, reference, registry::Need::optional));
      if (!head) return not_found(reference);
      if (head->digest) return std::move(head->digest);
    }
    BERTH_TRY(auto fetched,
              client_.manifests().fetch(repository_, reference, registry::Need::optional));
    if (!fetched) return not_found(reference);
    return std::optional(std::move(fetched->digest));
  }

 private:
  // A registry may respond with 404 if the token does not permit reading.
  [[nodiscard]] base::Result<std::optional<oci::Digest>> not_found(
      const std::string& reference) const {
    const auto granted = client_.access().granted_actions(repository_);
    if (!granted || granted->empty() || granted->find("pull") != std::string::npos ||
        *granted == "*")
      return std::optional<oci::Digest>();
    return Error(ErrorClass::denied, "registry.manifest-denied",
                 fmt::format("not authorized to pull {}:{}", repository_, reference))
        .cause("404, with a token that grants " + *granted);
  }

  [[nodiscard]] UploadTarget target() {
    return {client_, repository_, strategy_, on_retry_, cancellation_, log_};
  }

  registry::RegistryClient& client_;
  std::string repository_;
  UploadStrategy strategy_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  http::RetryObserver on_retry_;
};

}  // namespace

std::unique_ptr<Destination> registry_destination(registry::RegistryClient& client,
                                                  std::string repository, UploadOptions options,
                                                  const base::Cancellation& cancellation,
                                                  base::Log& log) {
  return std::make_unique<RegistryDestination>(client, std::move(repository), std::move(options),
                                               cancellation, log);
}

std::unique_ptr<StoredContent> registry_content(registry::RegistryClient& client,
                                                std::string repository) {
  return std::make_unique<RegistryContent>(client, std::move(repository));
}

}  // namespace berth::push
