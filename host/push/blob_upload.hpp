// BlobUpload: transfers one blob to a repository of a registry: finds it there, or opens an upload
// session, sends the bytes and closes the session. After a failure there is another attempt after a
// delay (RetryPolicy), another upload method without delay (UploadStrategy), or an error.
#pragma once

#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/retry_policy.hpp"
#include "image/layer_stream.hpp"
#include "push/destination.hpp"
#include "push/upload_attempt.hpp"
#include "push/upload_strategy.hpp"
#include "registry/registry_client.hpp"

namespace berth::push {

// Shared by all uploads to one repository. References must outlive the uploads.
struct UploadTarget {
  registry::RegistryClient& client;
  const std::string& repository;
  UploadStrategy& strategy;
  const http::RetryObserver& on_retry;
  const base::Cancellation& cancellation;
  base::Log& log;
};

// The bytes of a blob. Digest and size are known in advance, or after the source was read to its
// end.
class BlobBody {
 public:
  // All references must outlive this object.
  BlobBody(http::BodySource& source, const BlobToStore& blob) : source_(source), blob_(&blob) {}
  // `source` yields the bytes of `layer`. `expected`: see Destination::put_layer().
  BlobBody(http::BodySource& source, const image::LayerStream& layer, const BlobToStore* expected)
      : source_(source), layer_(&layer), blob_(expected) {}

  [[nodiscard]] http::BodySource& source() { return source_; }
  [[nodiscard]] std::optional<std::uint64_t> size() const {
    return layer_ != nullptr ? layer_->size() : std::optional(blob_->size);
  }
  // Valid if size() has a value.
  [[nodiscard]] const oci::Digest& digest() const {
    return layer_ != nullptr ? layer_->digest() : blob_->digest;
  }
  [[nodiscard]] registry::BlobName name() const { return {digest(), *size()}; }
  // The blob to look up: the expected one until the source was read to its end.
  [[nodiscard]] std::optional<registry::BlobName> expected_name() const {
    if (size()) return name();
    if (blob_ == nullptr) return std::nullopt;
    return registry::BlobName{blob_->digest, blob_->size};
  }
  // The repository to mount the blob from; nullptr: none is known.
  [[nodiscard]] const std::string* mount_from() const {
    const bool is_known = blob_ != nullptr && blob_->mount_from;
    return is_known && (!size() || digest() == blob_->digest) ? &*blob_->mount_from : nullptr;
  }

 private:
  http::BodySource& source_;
  const image::LayerStream* layer_ = nullptr;
  const BlobToStore* blob_ = nullptr;
};

class BlobUpload {
 public:
  // `look`: whether to check if the repository has the blob; false: upload it, whatever the
  // registry reports.
  BlobUpload(const UploadTarget& target, BlobBody& body, bool look);

  base::Result<Action> run();

 private:
  class OpenSession;
  base::Result<Action> try_once();
  base::Result<void> prepare_way();
  base::Result<void> send(registry::Upload& upload);
  base::Result<void> send_chunks(registry::Upload& upload);
  base::Result<void> send_whole(registry::Upload& upload);
  base::Result<void> commit(registry::Upload& upload);
  [[nodiscard]] base::Result<void> check_range(const registry::Upload& upload) const;

  void wait_for_retry_after() const;
  bool choose_other_method(const base::Error& error);
  void avoid_failing_method();
  bool try_without(const Refusals& refusals);
  bool wait_until_stored();
  void cancel_unresolved();
  [[nodiscard]] base::Error after_attempts(base::Error error) const;

  UploadTarget target_;
  BlobBody& body_;
  bool look_;
  http::RetryPolicy policy_;
  Refusals refusals_;
  UploadWay way_;
  UploadAttempt attempt_;
  std::optional<registry::Upload> unresolved_;  // a session that the registry may still be closing
};

}  // namespace berth::push
