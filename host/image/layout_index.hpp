// Reads index.json of an OCI image layout. Source: OCI image-spec 1.1, image-layout.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "image/layout_reader.hpp"
#include "oci/descriptor.hpp"

namespace berth::image {

// An entry of index.json.
struct LayoutEntry {
  std::string name;  // empty if the entry has none
  oci::Descriptor descriptor;
};

inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
// Annotation for an image's full name, set by containerd and BuildKit.
inline constexpr std::string_view kContainerdName = "io.containerd.image.name";
inline constexpr std::size_t kIndexLimit = std::size_t{4} << 20U;
inline constexpr std::size_t kMarkerLimit = 4096;

// Returns the text of index.json. The marker file oci-layout may be missing or empty (`buildx build
// --output type=oci,tar=false` wrote none, docker/buildx#1672): a push needs only index.json and
// the blobs. Class not-found, code "source.no-layout": index.json is missing. Class validation,
// code "source.layout-version".
base::Result<std::string> read_index_text(const LayoutReader& directory);
// Returns the entries of index.json. Class integrity, code "source.layout", and the errors of
// read_index_text().
base::Result<std::vector<LayoutEntry>> read_layout_index(const LayoutReader& directory);
base::Result<std::vector<LayoutEntry>> parse_layout_index(std::string_view text,
                                                          const std::string& place);
// `marker` is the content of the file oci-layout. Class validation, code "source.layout-version",
// for a version other than 1.x. Content without a version is accepted.
base::Result<void> check_layout_version(std::string_view marker, const std::string& place);

}  // namespace berth::image
