// Checks whether an unregistered plugin file may be used.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::flavor {

// Checks that the file is regular and owned by the user or root, and that neither it nor its
// directory is writable by others (except the owner's own group). If `path` is a symbolic link, its
// directory and that of the target are checked. Errors: class trust, codes "flavor.not-regular",
// "flavor.foreign-owner", "flavor.writable-by-others".
base::Result<void> check_trust(int fd, const std::string& path);

// Returns the error for an unregistered plugin on a machine that lacks a part of the sandbox.
// `missing` names it ("Landlock"). Class trust, code "flavor.unsandboxed".
base::Error unsandboxed(const std::string& path, std::string_view missing);

}  // namespace berth::flavor
