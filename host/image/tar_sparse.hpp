// Reads where the bytes of a sparse entry are in a tar archive: GNU tar's old format (type 'S') and
// its pax formats 0.0, 0.1 and 1.0. Source: GNU tar manual, "Storing Sparse Files"; the old
// format's header: GNU tar's tar.h, struct oldgnu_header and sparse_header.
#pragma once

#include <cstdint>
#include <optional>

#include "image/blob_stream.hpp"
#include "image/sparse_map.hpp"
#include "image/tar_header.hpp"

namespace berth::image {

struct SparseEntry {
  std::uint64_t stored_at = 0;        // in the archive: the first stored byte
  std::optional<SparseMap> map = {};  // std::nullopt if it is malformed
};

// `header` ends at byte `at` of `archive`, where its extension blocks begin, if it has some.
// Errors: disk, and class integrity, code "source.truncated".
base::Result<SparseEntry> read_gnu_sparse(const Extent& archive, std::uint64_t at,
                                          const TarBlock& header, std::uint64_t stored_size);
// The entry's `size` bytes of data begin at byte `at` of `archive`. Errors as read_gnu_sparse().
base::Result<SparseEntry> read_pax_sparse(const Extent& archive, std::uint64_t at,
                                          std::uint64_t size, const SparseRecords& records);

}  // namespace berth::image
