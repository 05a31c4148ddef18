// Verifies the uncompressed bytes of layers against their diff IDs.
// Source: OCI image-spec 1.1, config.md, "Layer DiffID".
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "http/message.hpp"
#include "image/source.hpp"
#include "oci/hasher.hpp"

namespace berth::image {

// Verifies the uncompressed bytes of a layer as they pass.
class DiffIdCheck {
 public:
  explicit DiffIdCheck(const RawLayer& layer);

  void update(std::span<const std::byte> bytes) { hasher_.update(bytes); }
  // Class integrity, code "source.layer", if the bytes are others.
  base::Result<void> finish();

 private:
  oci::Digest expected_;
  std::string place_;
  oci::Hasher hasher_;
};

// Reads a stream of Source::open_layer() to its end. `on_read` is called with the number of each
// piece's bytes, before decompression; its error ends the reading. Class integrity, code
// "source.layer"; errors of the stream.
base::Result<void> verify_layer(
    http::BodySource& stream, const RawLayer& layer,
    const std::function<base::Result<void>(std::uint64_t count)>& on_read);

}  // namespace berth::image
