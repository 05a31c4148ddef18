// Checks whether an unregistered plugin file may be used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "flavor/metadata.hpp"
#include "platform/sandbox_parts.hpp"

namespace berth::flavor {

// Checks that the file is regular and owned by the user or root, and that neither it nor its
// directory is writable by others (except the owner's own group). If `path` is a symbolic link, its
// directory and that of the target are checked. Errors: class trust, codes "flavor.not-regular",
// "flavor.foreign-owner", "flavor.writable-by-others".
base::Result<void> check_trust(int fd, const std::string& path);

// Checks a plugin that is registered for development as `flavor` with `permissions`: a rebuilt
// plugin must not gain any. Its bytes are not known; check_trust() applies. Class trust, code
// "flavor.changed".
base::Result<void> check_development(const std::string& path, const Metadata& metadata,
                                     const std::string& flavor,
                                     const std::vector<std::string>& permissions);

// Logs which parts of the sandbox are active for a plugin.
void log_sandbox(const std::string& path, const platform::SandboxParts& parts, bool thread_limit,
                 base::Log& log);

// Returns the error for an unregistered plugin on a machine that lacks a part of the sandbox.
// `missing` names it ("Landlock"). Class trust, code "flavor.unsandboxed".
base::Error unsandboxed(const std::string& path, std::string_view missing);

}  // namespace berth::flavor
