// UploadStrategy: how the bytes of a blob are sent to one registry, and how instead once that was refused.
// Order: as the flavor's upload rules have it, else streamed; then monolithic; then chunked. A method that was refused
// is not used again, nor a request as large as one that was refused for its size. Thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

#include "registry/upload_rules.hpp"

namespace berth::push {

// Ways of uploading that OCI distribution-spec 1.1, "Pushing blobs", and docker have.
enum class UploadMethod {
  streamed,    // POST, one PATCH of unknown length, PUT
  monolithic,  // POST, PUT with the whole blob and its length
  chunked,     // POST, PATCHes with Content-Length and Content-Range, PUT
};

struct UploadWay {
  UploadMethod method = UploadMethod::streamed;
  std::uint64_t chunk_size = 0;  // bytes, of `chunked` only
  friend bool operator==(const UploadWay&, const UploadWay&) = default;
};

// What a registry, or a proxy in front of it, did not accept.
struct Refusals {
  bool streamed = false;
  bool monolithic = false;
  bool chunked = false;
  std::uint64_t too_large = std::numeric_limits<std::uint64_t>::max();  // bytes of one request: that many and more

  void add(UploadMethod method);
  void add(const Refusals& other);
};

class UploadStrategy {
 public:
  explicit UploadStrategy(const registry::UploadRules& rules) : rules_(rules) {}

  // Returns the way for a blob of `size` bytes, given also what this blob met with. `size` is std::nullopt if it is not
  // known before the blob was read: `monolithic` then requires to read it twice. std::nullopt if no way is left.
  [[nodiscard]] std::optional<UploadWay> choose(std::optional<std::uint64_t> size, const Refusals& refusals) const;
  // Bytes of a chunk, where the registry wants `registry_smallest` at least; std::nullopt if smaller ones are needed.
  [[nodiscard]] std::optional<std::uint64_t> chunk_size(std::uint64_t registry_smallest,
                                                        const Refusals& refusals) const;
  // Remembers `refusals` for all blobs, after one of them was uploaded in another way.
  void learn(const Refusals& refusals);

  [[nodiscard]] const registry::UploadRules& rules() const { return rules_; }

 private:
  [[nodiscard]] bool is_usable(UploadMethod method, std::optional<std::uint64_t> size, const Refusals& refusals) const;

  registry::UploadRules rules_;
  mutable std::mutex mutex_;
  Refusals learnt_;  // guarded by mutex_
};

}  // namespace berth::push
