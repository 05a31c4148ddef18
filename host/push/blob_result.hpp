// BlobResult: what became of one blob of a push. Value.
#pragma once

#include <cstdint>

#include "image/source.hpp"
#include "oci/digest.hpp"

namespace berth::push {

// How a blob came to be at the destination.
enum class Action { uploaded, reused, mounted };

struct BlobResult {
  oci::Digest digest;
  std::uint64_t size = 0;  // bytes, as stored
  image::BlobKind kind = image::BlobKind::layer;
  Action action = Action::uploaded;
};

}  // namespace berth::push
