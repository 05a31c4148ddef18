// index.json of an OCI image layout. Source: OCI image-spec 1.1, image-layout.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "image/blob_folder.hpp"
#include "image/layout.hpp"

namespace berth::image {

inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
// The full name of an image, as containerd and BuildKit annotate it.
inline constexpr std::string_view kContainerdName = "io.containerd.image.name";
inline constexpr std::size_t kIndexLimit = std::size_t{4} << 20U;
inline constexpr std::size_t kMarkerLimit = 4096;

// Returns index.json as it is. The marker file oci-layout may be missing or empty (`buildx build --output
// type=oci,tar=false` wrote none, docker/buildx#1672): index.json and the blobs are all that a push needs. Class
// not-found, code "source.no-layout": there is no index.json. Class validation, code "source.layout-version".
base::Result<std::string> read_index_text(const BlobFolder& folder);
// The entries of index.json. Class integrity, code "source.layout", and as read_index_text().
base::Result<std::vector<LayoutEntry>> read_layout_index(const BlobFolder& folder);
base::Result<std::vector<LayoutEntry>> parse_layout_index(std::string_view text, const std::string& place);
// `marker` is the content of the file oci-layout. Class validation, code "source.layout-version": a version other than
// 1.x. Content that names no version is accepted.
base::Result<void> check_layout_version(std::string_view marker, const std::string& place);

}  // namespace berth::image
