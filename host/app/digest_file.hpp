// DigestFile: the file that receives the digests of a push, opened as by a shell redirection before
// anything is pushed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "base/file_io.hpp"

namespace berth::app {

class DigestFile {
 public:
  // `path`: std::nullopt if no file is wanted. Class usage, code "usage.file", if it cannot be
  // opened for writing.
  static base::Result<DigestFile> open(const std::optional<std::string>& path);

  // Writes one digest per line. Writes nothing if there are no digests, or no file is wanted. Class
  // disk.
  base::Result<void> write(const std::vector<std::string>& digests,
                           const base::Cancellation& cancellation);

 private:
  std::optional<base::OutputFile> file_;
};

}  // namespace berth::app
