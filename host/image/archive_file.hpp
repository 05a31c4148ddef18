// Opens an archive as a seekable tar file: from a file, a compressed file, a pipe or standard
// input.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "image/decompressed_stream.hpp"
#include "image/source.hpp"
#include "image/source_context.hpp"
#include "platform/unique_fd.hpp"

namespace berth::image {

struct ArchiveFile {
  std::shared_ptr<const platform::UniqueFd> file;
  std::string name;  // for errors
  std::optional<std::string>
      truncated{};  // where the compressed stream ends early; `file` has the bytes before
};

// Opens `file`, "-" for standard input. If it is compressed or not seekable, it is first written to
// an unlinked temporary file, decompressed; $BERTH_SPOOL_LIMIT limits that file's size, in bytes.
// Errors: class not-found and disk, codes "source.no-file", "file.…", "source.spool"; class usage,
// codes "source.compression", "source.window", "source.empty-file", "source.terminal"; class
// integrity, code "source.not-gzip" and similar.
base::Result<ArchiveFile> open_archive(const std::string& file, std::string_view transport,
                                       const SourceContext& context);

// Returns $BERTH_SPOOL_LIMIT; std::nullopt if unset. Class usage, code "usage.spool-limit".
base::Result<std::optional<std::uint64_t>> spool_limit(const SourceContext& context);

// Spool: appends to an unlinked temporary file. Class disk, code "source.spool", also if `limit` is
// exceeded.
class Spool {
 public:
  static base::Result<Spool> create(std::string name, std::optional<std::uint64_t> limit);
  base::Result<void> write(std::span<const std::byte> bytes);
  // Empties the file.
  void restart();
  platform::UniqueFd take() { return std::move(file_); }

 private:
  Spool(platform::UniqueFd file, std::string name, std::optional<std::uint64_t> limit)
      : file_(std::move(file)), name_(std::move(name)), limit_(limit) {}
  platform::UniqueFd file_;
  std::string name_;  // name of the data, for errors
  std::optional<std::uint64_t> limit_;
  std::uint64_t size_ = 0;
};

// Returns the error for a missing `kind` ("file", "directory"), with a suggestion: class not-found,
// codes "source.no-file", "source.no-folder".
base::Error missing_path(const std::string& kind, const std::string& file);

}  // namespace berth::image
