// What a flavor finds, as values, and of what. Each kind stands once in its flavor's table.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>

namespace berth::cloud {

// A finding as a value, where it is found by what need not know of the call.
struct Finding {
  const FindingKind* kind;
  std::string message;
  std::string fix{};
};

using Findings = std::vector<Finding>;

inline void report(Call& call, const Findings& findings) {
  for (const Finding& finding : findings) call.report(*finding.kind, finding.message, finding.fix);
}

// The image of a push, as far as rules need it.
struct ImageFacts {
  ImageFacts() = default;
  explicit ImageFacts(const Image& image)
      : full_repository(image.full_repository()), tag(image.tag()), digest(image.digest()) {
    for (const Blob& blob : image.blobs()) largest_blob = std::max(largest_blob, blob.bytes);
  }
  std::string full_repository;  // below the host
  std::string tag;              // empty: none
  std::string digest;           // empty: not known before layers are compressed
  std::uint64_t largest_blob = 0;
};

}  // namespace berth::cloud
