// TarIndex: where the entries of a tar archive lie. Reads headers alone; values.
// Understands ustar, GNU long names and links, base-256 sizes and pax path, linkpath and size. Sparse entries are
// refused: what lies in the archive is not what they hold.
// Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header"; GNU tar manual, "Basic Tar Format".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "image/blob_stream.hpp"

namespace berth::image {

class TarIndex {
 public:
  // `file` is seekable. Class integrity, codes "source.truncated", "source.not-tar" and "source.sparse".
  static base::Result<TarIndex> read(std::shared_ptr<const base::UniqueFd> file, const std::string& path);

  // The file of that name; symbolic and hard links within the archive are followed (at most eight). Null: none.
  [[nodiscard]] std::optional<Extent> find(std::string_view name) const;
  // As find(), but a missing entry is class integrity, code "source.missing".
  [[nodiscard]] base::Result<Extent> get(std::string_view name) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::optional<std::string> link;  // normalised target; none: a file
  };
  // False when the names are more than an image has.
  bool add(char type, const std::string& raw_name, const std::string& link, std::uint64_t offset, std::uint64_t size);

  std::shared_ptr<const base::UniqueFd> file_;
  std::string path_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::size_t name_bytes_ = 0;
};

}  // namespace berth::image
