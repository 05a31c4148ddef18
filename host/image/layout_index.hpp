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

// Class not-found, code "source.no-layout"; class integrity, code "source.layout".
base::Result<std::vector<LayoutEntry>> read_layout_index(const BlobFolder& folder);
base::Result<std::vector<LayoutEntry>> parse_layout_index(std::string_view text, const std::string& place);
// The file oci-layout.
base::Result<void> check_layout_version(std::string_view marker, const std::string& place);

}  // namespace berth::image
