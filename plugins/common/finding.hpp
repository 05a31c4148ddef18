// Findings and the image that they are about, as values, so that checks need no CallContext.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>

namespace berth::common {

// Finding: a finding that is not reported yet. `kind` must outlive it.
struct Finding {
  const FindingKind* kind;
  std::string message;
  std::string fix{};
};

using Findings = std::vector<Finding>;

// Reports the findings in their order.
inline void report(CallContext& call, const Findings& findings) {
  for (const Finding& finding : findings) call.report(*finding.kind, finding.message, finding.fix);
}

// ImageFacts: the properties of an image that checks use.
struct ImageFacts {
  ImageFacts() = default;
  explicit ImageFacts(const Image& image)
      : repository_path(image.repository_path()), tag(image.tag()), digest(image.digest()) {
    for (const Blob& blob : image.blobs()) largest_blob = std::max(largest_blob, blob.bytes);
  }
  std::string repository_path;  // below the host: "acme/app"
  std::string tag;              // empty: none
  std::string digest;           // empty until all layers are compressed
  std::uint64_t largest_blob = 0;
};

// TagKinds: the kinds of findings about a tag. `conflict`: it is protected and points to another
// image. `possible_conflict`: it is protected, and the digest of this image is not known yet.
struct TagKinds {
  const FindingKind* same;
  const FindingKind* conflict;
  const FindingKind* possible_conflict;
};

// Checks a tag that points to digest `stored`. std::nullopt if the push may set it. `how` completes
// the message: "exists and is immutable"; empty if the tag is not protected.
inline std::optional<Finding> check_tag(const ImageFacts& image, const std::string& stored,
                                        const TagKinds& kinds, const std::string& how,
                                        const std::string& fix) {
  if (!image.digest.empty() && stored == image.digest)
    return Finding{kinds.same, "tag " + image.tag + " is this image already"};
  if (how.empty()) return std::nullopt;
  const bool unknown = image.digest.empty();
  return Finding{unknown ? kinds.possible_conflict : kinds.conflict,
                 "tag " + image.tag + " " + how + ": it is " + stored +
                     (unknown ? "" : ", yours is " + image.digest),
                 fix};
}

}  // namespace berth::common
