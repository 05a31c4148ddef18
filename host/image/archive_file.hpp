// Opens an archive as a seekable file of tar blocks: a file, a compressed file, a pipe, standard input.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "image/decompressed_stream.hpp"
#include "image/source.hpp"

namespace berth::image {

struct ArchiveFile {
  std::shared_ptr<const base::UniqueFd> file;
  std::string name;                        // for errors
  std::optional<std::string> truncated{};  // its compressed stream is: where. What came before is in `file`
};

// `file` is "-" for standard input. What is compressed, or cannot be read at any offset, is written to an unlinked
// temporary file first, decompressed; $BERTH_SPOOL_LIMIT bounds it, in bytes.
// Classes not-found and disk, codes "source.no-file", "file.…", "source.spool"; class usage, codes
// "source.compression", "source.window", "source.empty-file", "source.terminal"; class integrity, code
// "source.not-gzip" and its like.
base::Result<ArchiveFile> open_archive(const std::string& file, std::string_view transport,
                                       const SourceContext& context);

// Returns $BERTH_SPOOL_LIMIT; std::nullopt if unset. Class usage, code "usage.spool-limit".
base::Result<std::optional<std::uint64_t>> spool_limit(const SourceContext& context);

// Appends to an unlinked temporary file. Class disk, code "source.spool", also beyond `limit`.
class Spool {
 public:
  static base::Result<Spool> create(std::string name, std::optional<std::uint64_t> limit);
  base::Result<void> write(std::span<const std::byte> bytes);
  // Empties it.
  void restart();
  base::UniqueFd take() { return std::move(file_); }

 private:
  Spool(base::UniqueFd file, std::string name, std::optional<std::uint64_t> limit)
      : file_(std::move(file)), name_(std::move(name)), limit_(limit) {}
  base::UniqueFd file_;
  std::string name_;  // of what is written, for errors
  std::optional<std::uint64_t> limit_;
  std::uint64_t size_ = 0;
};

// There is no `kind` ("file", "directory") of that name: class not-found, codes "source.no-file", "source.no-folder",
// with a suggestion.
base::Error missing_path(const std::string& kind, const std::string& file);

}  // namespace berth::image
