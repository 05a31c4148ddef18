// Selects one of several images in an archive or a layout.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/platform.hpp"

namespace berth::image {

struct Candidate {
  std::string
      identity;  // digest or another key that is equal for entries of the same image; empty: unique
  std::vector<std::string> names;  // the full name first
  // Set by `describe` if there are several candidates:
  std::vector<oci::Platform> platforms{};  // of an index: all of its images
  std::string description{};  // "linux/amd64", "artifact of type …"; empty if unknown
  bool is_image = true;       // false: an attestation, a signature or another artifact of an image
};

// Sets the fields that describe a candidate.
using DescribeCandidate = std::function<void(Candidate&)>;

// Returns the index of the image that `selector` names. Entries with the same identity are one
// image.
//   ""          the only image; artifacts are skipped if there are images
//   "@N"        the Nth entry, counted from 0
//   "@DIGEST", "DIGEST"
//   NAME        a name as written; else as a reference ("db:latest" finds
//   "docker.io/library/db:latest"); else the
//               tag of a full name
// If several images match, `platforms` select one that has all of them. Class usage, code
// "source.ambiguous", which lists the full names; class not-found, codes "source.no-image", with a
// similar name if there is only one, "source.empty".
base::Result<std::size_t> select_image(std::vector<Candidate>& candidates,
                                       const std::string& selector,
                                       const std::vector<oci::Platform>& platforms,
                                       const std::string& place, const DescribeCandidate& describe);
// The same for images of which only the names are known.
base::Result<std::size_t> select_image(const std::vector<std::vector<std::string>>& names,
                                       const std::string& selector, const std::string& place);

}  // namespace berth::image
