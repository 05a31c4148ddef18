// The headers of a tar archive.
#include "fuzz/target.hpp"
#include "image/blob_stream.hpp"
#include "image/tar_index.hpp"

namespace berth::fuzz {

void run_tar(std::string_view input) {
  const auto file =
      std::make_shared<const platform::UniqueFd>(memory_file(with_tar_checksums(input)));
  const auto index = image::TarIndex::read(file, "archive.tar");
  if (!index) return;
  for (const auto& name : index->names(1000)) {
    require(!name.empty() && name.front() != '/' &&
                ("/" + name + "/").find("/../") == std::string::npos,
            "a name stays within the archive");
    require(index->contains(name), "an entry that is listed exists");
    const auto extent = index->find(name);
    if (!extent) continue;
    require(extent->offset <= input.size() && extent->size <= input.size() - extent->offset,
            "an entry is within the file");
    const auto text = image::read_extent(*extent, input.size());
    require(text && text->size() == extent->size, "an entry can be read");
  }
}

}  // namespace berth::fuzz
