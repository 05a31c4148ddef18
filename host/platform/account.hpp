// Users of the machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace berth::platform {

// Returns the home directory of this process's user, as in the password database; empty if it has
// none.
std::string account_home();

// Returns the primary group of a user; std::nullopt if the user is unknown.
std::optional<gid_t> primary_group(uid_t user);

// Returns whether files that are shown as owned by `user` may have another owner, whom this
// process's container does not map.
bool is_unmapped(uid_t user);

}  // namespace berth::platform
