// Explains why a file is not an archive, and which transport a path without one needs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "image/source_spec.hpp"

namespace berth::image {

// Returns the error for a file that is not a tar archive, from its first bytes `head`. Class usage,
// code "source.not-tar".
base::Error explain_no_archive(std::string_view head, const std::string& name,
                               const std::string& path);

// Fails if `spec` is a path without a transport: class usage, code "source.transport", with the
// transport to use; class not-found, code "source.no-file", if it can only be a path and does not
// exist.
base::Result<void> check_bare_path(const SourceSpec& spec);

}  // namespace berth::image
