// TarIndex: where the entries of a tar archive are. Reads headers only (tar_header.hpp); a value.
// An archive need not be whole: what stops the reading (a missing end, an entry that is cut off, a malformed header) is
// an error only for entries that were not found before it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/blob_stream.hpp"
#include "image/tar_header.hpp"

namespace berth::image {

class TarIndex {
 public:
  // `file` is seekable. `truncated`: the file is known to be incomplete, and why. Fails if not even the first entry can
  // be read: class integrity, codes "source.truncated" and "source.not-tar"; class usage, code "source.not-tar", if the
  // file never was a tar archive. An archive without entries is none of these.
  static base::Result<TarIndex> read(std::shared_ptr<const base::UniqueFd> file, const std::string& path,
                                     const std::optional<std::string>& truncated = std::nullopt);

  // The regular file of that name; symbolic and hard links are followed as within a root directory (at most 40), also
  // those of directories on the way. std::nullopt if there is none, or if it is stored sparsely.
  [[nodiscard]] std::optional<Extent> find(std::string_view name) const;
  // As find(); a missing entry is class integrity, code "source.missing", or what stopped the reading. Also
  // "source.sparse": what the archive stores is not what the file contains.
  [[nodiscard]] base::Result<Extent> get(std::string_view name) const;
  // Whether the archive has an entry of that name, or one below it.
  [[nodiscard]] bool contains(std::string_view name) const;
  // The names of the first entries, normalised; directories only as a part of other names.
  [[nodiscard]] std::vector<std::string> names(std::size_t limit) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  // What stopped the reading before the end of the archive.
  [[nodiscard]] std::optional<base::Error> problem() const;

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::optional<std::string> link = {};  // normalised target
    bool symbolic = false;                 // `link` may be that of a directory
    bool sparse = false;
  };
  struct Problem {
    base::ErrorClass error_class = base::ErrorClass::integrity;
    const char* code = "";
    std::string message;
    std::string cause;
  };
  struct Cursor;

  // Reads the entry at `cursor`, with its extensions, and moves on. False: nothing can be read after it.
  base::Result<bool> read_entry(Cursor& cursor);
  base::Result<bool> read_extension(const Cursor& cursor, const TarHeader& header, TarExtensions& extensions);
  bool add(const TarHeader& header, const TarExtensions& extensions, std::uint64_t offset);
  // Records what stops the reading; returns false.
  bool stop(base::ErrorClass error_class, const char* code, const char* message, std::string cause);
  bool follow_link(std::string& name) const;
  [[nodiscard]] const Entry* resolve(std::string_view name) const;

  std::shared_ptr<const base::UniqueFd> file_;
  std::string path_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::size_t name_bytes_ = 0;
  std::optional<Problem> problem_;
};

}  // namespace berth::image
