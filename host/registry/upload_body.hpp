// The body of a request that uploads a blob: what happens if its source fails while it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "http/message.hpp"

namespace berth::registry {

// A source of unknown size that ends if the inner one fails: then the registry responds, and
// reports where the session continues. If a body were aborted, docker-registry 2.8 could not delete
// the session any more: the offset in its signed location would not match what is stored.
class EndOnErrorSource final : public http::BodySource {
 public:
  // `inner` must outlive this object.
  explicit EndOnErrorSource(http::BodySource& inner) : inner_(inner) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;
  // The error that ended the body; std::nullopt if the inner source did not fail.
  [[nodiscard]] std::optional<base::Error>& failure() { return failure_; }
  // Bytes read since the last rewind.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  http::BodySource& inner_;
  std::uint64_t sent_ = 0;
  std::optional<base::Error> failure_;
};

// Sets the body of `request`. A body of at most kSmallBlob bytes is read now, so that a failing
// source cannot abort a request that has begun; a larger one is read while it is sent. Fails as the
// source does; class integrity, code "http.short-body", if it is shorter than its size.
base::Result<void> set_body(http::Request& request, http::BodySource& source);

}  // namespace berth::registry
