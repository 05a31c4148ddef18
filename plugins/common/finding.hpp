// What a flavor finds, as values, and of what. Each kind stands once in its flavor's table.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>

namespace berth::common {

// A finding as a value, where it is found by what need not know of the call.
struct Finding {
  const FindingKind* kind;
  std::string message;
  std::string fix{};
};

using Findings = std::vector<Finding>;

inline void report(CallContext& call, const Findings& findings) {
  for (const Finding& finding : findings) call.report(*finding.kind, finding.message, finding.fix);
}

// The image of a push, as far as rules need it.
struct ImageFacts {
  ImageFacts() = default;
  explicit ImageFacts(const Image& image)
      : repository_path(image.repository_path()), tag(image.tag()), digest(image.digest()) {
    for (const Blob& blob : image.blobs()) largest_blob = std::max(largest_blob, blob.bytes);
  }
  std::string repository_path;  // below the host
  std::string tag;              // empty: none
  std::string digest;           // empty: not known before layers are compressed
  std::uint64_t largest_blob = 0;
};

// What a tag is found to be. `possible_conflict`: it is protected, and whether it stands for this image is not known
// before layers are compressed.
struct TagKinds {
  const FindingKind* same;
  const FindingKind* conflict;
  const FindingKind* possible_conflict;
};

// Of a tag that exists as `stored` and may not be set, or is this image already; nothing: it may be set. `how`: "exists
// and may not be moved"; empty: it is not protected.
inline std::optional<Finding> check_tag(const ImageFacts& image, const std::string& stored, const TagKinds& kinds,
                                        const std::string& how, const std::string& fix) {
  if (!image.digest.empty() && stored == image.digest)
    return Finding{kinds.same, "tag " + image.tag + " is this image already"};
  if (how.empty()) return std::nullopt;
  const bool unknown = image.digest.empty();
  return Finding{unknown ? kinds.possible_conflict : kinds.conflict,
                 "tag " + image.tag + " " + how + ": it is " + stored + (unknown ? "" : ", yours is " + image.digest),
                 fix};
}

}  // namespace berth::common
