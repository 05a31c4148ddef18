// TarIndex: the positions of the entries of a tar archive. Reads only headers (tar_header.hpp).
// Value. The archive may be incomplete: a problem that stops reading (a missing end, a truncated
// entry, a malformed header) is an error only for entries that were not found before it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/blob_stream.hpp"
#include "image/tar_sparse.hpp"
#include "platform/file_version.hpp"

namespace berth::image {

class TarIndex {
 public:
  // `file` must be seekable. `truncated`: why the file is incomplete, if known. Fails if even the
  // first entry cannot be read: class integrity, codes "source.truncated" and "source.not-tar";
  // class usage, code "source.not-tar", if the file never was a tar archive. An archive without
  // entries is valid.
  static base::Result<TarIndex> read(std::shared_ptr<const platform::UniqueFd> file,
                                     const std::string& path,
                                     const std::optional<std::string>& truncated = std::nullopt);

  // Returns the regular file of that name. Symbolic and hard links, including those of directories
  // in the path, are followed as within a root directory (at most 40). std::nullopt if it does not
  // exist, or is a sparse file whose map is malformed.
  [[nodiscard]] std::optional<Extent> find(std::string_view name) const;
  // Like find(), but fails: a missing entry is class integrity, code "source.missing", or the
  // problem that stopped reading. "source.sparse": the map of a sparse file is malformed.
  [[nodiscard]] base::Result<Extent> get(std::string_view name) const;
  // Returns whether the archive has an entry of that name, or one below it.
  [[nodiscard]] bool contains(std::string_view name) const;
  // Returns the names of the first entries, normalised; directories appear only as parts of other
  // names.
  [[nodiscard]] std::vector<std::string> names(std::size_t limit) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  // As Source::settled_version().
  [[nodiscard]] std::optional<platform::FileVersion> settled_version() const;
  // Returns the problem that stopped reading before the end of the archive.
  [[nodiscard]] std::optional<base::Error> problem() const;

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::optional<std::string> link = {};  // normalised target
    bool symbolic = false;                 // `link` may be the target of a link to a directory
    bool sparse = false;
    std::shared_ptr<const SparseMap> map = {};  // of a sparse file; nullptr if it is malformed
  };
  struct Problem {
    base::ErrorClass error_class = base::ErrorClass::integrity;
    const char* code = "";
    std::string message;
    std::string cause;
  };
  struct Cursor;

  // Reads the entry at `cursor`, with its extensions, and advances. Returns false if nothing can be
  // read after it.
  base::Result<bool> read_entry(Cursor& cursor);
  base::Result<bool> read_extension(const Cursor& cursor, const TarHeader& header,
                                    TarExtensions& extensions);
  // Adds to a sparse file's entry its map and where its stored bytes are. Nothing changes for other
  // files.
  base::Result<void> read_old_sparse(const TarBlock& block, const TarHeader& header, Entry& entry);
  base::Result<void> read_pax_sparse(const SparseRecords& records, Entry& entry);
  void set_sparse(SparseEntry sparse, Entry& entry);
  bool add(const TarHeader& header, const TarExtensions& extensions, Entry entry);
  // Records the problem that stops reading; returns false.
  bool stop(base::ErrorClass error_class, const char* code, const char* message, std::string cause);
  bool follow_link(std::string& name) const;
  [[nodiscard]] const Entry* resolve(std::string_view name) const;

  std::shared_ptr<const platform::UniqueFd> file_;
  std::optional<platform::FileVersion>
      version_;  // before the first byte was read, if it was settled
  std::string path_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::size_t name_bytes_ = 0;
  std::size_t regions_ = 0;  // of all sparse files
  std::optional<Problem> problem_;
};

}  // namespace berth::image
