// Options that several commands have: the destination, how registries are reached, platforms.
#pragma once

#include <vector>

#include "app/connection.hpp"
#include "app/find_target.hpp"
#include "app/target.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "oci/platform.hpp"

namespace berth::cli {

// --registry, --flavor, --uri, --set. Class usage, codes "usage.flavor" and "usage.pair".
std::vector<Option> target_option_list();
base::Result<app::TargetOptions> target_options(const Arguments& arguments);

// How --username without a password is handled: rejected, or the user is prompted for it.
enum class PasswordPolicy { require, prompt };

// --username, --password-stdin, --plain-http, --insecure, --ca-file. Reads the password from
// standard input, which SOURCE ("…:-", the first of two operands) must not read as well. Class
// usage, codes "usage.password" and "usage.ca-file".
std::vector<Option> network_option_list();
base::Result<app::NetworkOptions> network_options(Context& context, const Arguments& arguments,
                                                  PasswordPolicy policy = PasswordPolicy::require);

// --platform, repeated or separated by commas as in docker buildx.
base::Result<std::vector<oci::Platform>> platform_options(const Arguments& arguments);

}  // namespace berth::cli
