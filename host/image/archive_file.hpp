// An archive as a seekable file, whatever it was: a file, a gzipped file, standard input.
#pragma once

#include <memory>
#include <string>

#include "base/cancellation.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::image {

// What cannot be read at any place (gzip, pipes) is spooled into a file without a name. "-" is standard input.
base::Result<std::shared_ptr<const base::UniqueFd>> open_archive(const std::string& file,
                                                                 const base::Cancellation& cancellation);

// There is no `kind` ("file", "folder") of that name: class not-found, code "source.no-KIND", with a near miss.
base::Error missing_path(const std::string& kind, const std::string& file);

}  // namespace berth::image
