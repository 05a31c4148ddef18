#include <fmt/format.h>

#include "push/blob_upload.hpp"
#include "push/push.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

class RegistryDestination final : public Destination {
 public:
  RegistryDestination(registry::Session& session, std::string repository, const registry::UploadRules& rules,
                      const base::Cancellation& cancellation, base::Log& log, http::RetryObserver on_retry)
      : session_(session),
        repository_(std::move(repository)),
        strategy_(rules),
        cancellation_(cancellation),
        log_(log),
        on_retry_(std::move(on_retry)) {}

  [[nodiscard]] std::string name() const override { return session_.host() + "/" + repository_; }
  [[nodiscard]] std::unique_ptr<StoredContent> content() override { return registry_content(session_, repository_); }

  base::Result<Action> put_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) override {
    BlobBody body(source, digest, size);
    return BlobUpload(target(), body, true).run();
  }

  base::Result<Action> upload_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) override {
    BlobBody body(source, digest, size);
    return BlobUpload(target(), body, false).run();
  }

  base::Result<Action> put_layer(http::BodySource& bytes, const image::CompressedLayer& layer) override {
    BlobBody body(bytes, layer);
    return BlobUpload(target(), body, true).run();
  }

  base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest, const std::string* reference) override {
    BERTH_TRY(auto stored, session_.put_manifest(repository_, reference != nullptr ? *reference : manifest.digest.str(),
                                                 manifest.media_type, manifest.bytes));
    return Receipt{std::move(stored.digest), stored.created};
  }

  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference, Lookup lookup) override {
    if (lookup == Lookup::quick) {
      BERTH_TRY(auto head, session_.head_manifest(repository_, reference, registry::Need::optional));
      if (!head) return not_found(reference);
      if (head->digest) return std::move(head->digest);
    }
    BERTH_TRY(auto fetched, session_.fetch_manifest(repository_, reference, registry::Need::optional));
    if (!fetched) return not_found(reference);
    return std::optional(std::move(fetched->digest));
  }

 private:
  // A registry may respond with 404 if the token does not permit reading.
  [[nodiscard]] base::Result<std::optional<oci::Digest>> not_found(const std::string& reference) const {
    const auto granted = session_.granted(repository_);
    if (!granted || granted->empty() || granted->find("pull") != std::string::npos || *granted == "*")
      return std::optional<oci::Digest>();
    return Error(ErrorClass::denied, "registry.manifest-denied",
                 fmt::format("not authorized to pull {}:{}", repository_, reference))
        .cause("404, with a token that grants " + *granted);
  }

  [[nodiscard]] UploadTarget target() { return {session_, repository_, strategy_, on_retry_, cancellation_, log_}; }

  registry::Session& session_;
  std::string repository_;
  UploadStrategy strategy_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  http::RetryObserver on_retry_;
};

}  // namespace

std::unique_ptr<Destination> registry_destination(registry::Session& session, std::string repository,
                                                  const registry::UploadRules& rules,
                                                  const base::Cancellation& cancellation, base::Log& log,
                                                  http::RetryObserver on_retry) {
  return std::make_unique<RegistryDestination>(session, std::move(repository), rules, cancellation, log,
                                               std::move(on_retry));
}

}  // namespace berth::push
