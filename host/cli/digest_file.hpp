// DigestFile: the file of `--digest-file`, opened as by a shell redirection before anything is pushed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "cli/context.hpp"

namespace berth::cli {

class DigestFile {
 public:
  // `path`: std::nullopt if the option was not given; "-" and /dev/stdout are standard output. Class usage:
  // "usage.file" if the file cannot be opened for writing, "usage.digest-file" if standard output carries a JSON
  // document.
  static base::Result<DigestFile> open(const Context& context, const std::optional<std::string>& path);

  // Writes one digest per line; without digests nothing. Class disk.
  base::Result<void> write(Context& context, const std::vector<std::string>& digests);

 private:
  bool standard_output_ = false;
  std::optional<base::OutputFile> file_;
};

}  // namespace berth::cli
