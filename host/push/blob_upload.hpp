// BlobUpload: transfers one blob to a repository of a registry: finds it there, or opens an upload
// session, sends the bytes and closes the session. After a failure there is another attempt after a
// delay (RetryPolicy), another upload method without delay (UploadStrategy), or an error.
#pragma once

#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/retry_policy.hpp"
#include "image/compressed_layer.hpp"
#include "push/blob_result.hpp"
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
  BlobBody(http::BodySource& source, oci::Digest digest, std::uint64_t size)
      : source_(source), digest_(std::move(digest)), size_(size) {}
  // `layer` must outlive this object; `source` yields the bytes of `layer`.
  BlobBody(http::BodySource& source, const image::CompressedLayer& layer)
      : source_(source), layer_(&layer) {}

  [[nodiscard]] http::BodySource& source() { return source_; }
  [[nodiscard]] std::optional<std::uint64_t> size() const {
    return layer_ != nullptr ? layer_->size() : size_;
  }
  // Valid if size() has a value.
  [[nodiscard]] const oci::Digest& digest() const {
    return layer_ != nullptr ? layer_->digest() : *digest_;
  }
  [[nodiscard]] registry::BlobName name() const { return {digest(), *size()}; }

 private:
  http::BodySource& source_;
  const image::CompressedLayer* layer_ = nullptr;
  std::optional<oci::Digest> digest_;
  std::uint64_t size_ = 0;
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
