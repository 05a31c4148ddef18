// UploadStrategy: how to upload blobs to one registry, and which method to use after one was
// refused. Order: the flavor's upload rules, else streamed; then monolithic; then chunked. A
// refused method is not used again, nor is a request size that was refused. Thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

#include "registry/blob_upload_rules.hpp"

namespace berth::push {

// Upload methods of OCI distribution-spec 1.1, "Pushing blobs", and of docker.
enum class UploadMethod {
  streamed,    // POST, one PATCH without Content-Length, PUT
  monolithic,  // POST, PUT with the whole blob and its length
  chunked,     // POST, PATCHes with Content-Length and Content-Range, PUT
};

struct UploadWay {
  UploadMethod method = UploadMethod::streamed;
  std::uint64_t chunk_size = 0;  // bytes; only for `chunked`
  friend bool operator==(const UploadWay&, const UploadWay&) = default;
};

// What a registry, or a proxy in front of it, refused.
struct Refusals {
  bool streamed = false;
  bool monolithic = false;
  bool chunked = false;
  std::uint64_t too_large =
      std::numeric_limits<std::uint64_t>::max();  // request sizes from here, in bytes

  void add(UploadMethod method);
  void add(const Refusals& other);
};

class UploadStrategy {
 public:
  explicit UploadStrategy(const registry::BlobUploadRules& rules) : rules_(rules) {}

  // Returns the method for a blob of `size` bytes, after the `refusals` that this blob has met.
  // `size` is std::nullopt if it is known only after reading the blob: `monolithic` then reads it
  // twice. std::nullopt if no method is left.
  [[nodiscard]] std::optional<UploadWay> choose(std::optional<std::uint64_t> size,
                                                const Refusals& refusals) const;
  // Returns the chunk size in bytes if the registry requires at least `registry_minimum`;
  // std::nullopt if only smaller chunks are accepted.
  [[nodiscard]] std::optional<std::uint64_t> chunk_size(std::uint64_t registry_minimum,
                                                        const Refusals& refusals) const;
  // Applies `refusals` to all blobs, after one of them was uploaded with another method.
  void learn(const Refusals& refusals);

  [[nodiscard]] const registry::BlobUploadRules& rules() const { return rules_; }

 private:
  [[nodiscard]] bool is_usable(UploadMethod method, std::optional<std::uint64_t> size,
                               const Refusals& refusals) const;

  registry::BlobUploadRules rules_;
  mutable std::mutex mutex_;
  Refusals learned_;  // guarded by mutex_
};

}  // namespace berth::push
