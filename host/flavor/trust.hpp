// Whether a plugin file that nobody registered may be used.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::flavor {

// Regular, owned by the user or root; neither it nor its folder writable by others (the owner's own group excepted).
// Both folders count where `path` is a symbolic link. Class trust, codes "flavor.not-regular", "flavor.foreign-owner",
// "flavor.writable-by-others".
base::Result<void> check_trust(int fd, const std::string& path);

// An unregistered plugin on a machine that lacks the part `missing` of the sandbox ("Landlock"). Class trust, code
// "flavor.unsandboxed".
base::Error unsandboxed(const std::string& path, std::string_view missing);

}  // namespace berth::flavor
