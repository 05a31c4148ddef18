// The check for destinations that name a registry, but no repository in it: "localhost:5000",
// "r.example/", "r.example:1". Docker reads some of them as images on Docker Hub ("localhost" with
// the tag 5000), which is never what was meant.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"

namespace berth::app {

enum class BareHost { not_a_host, host };

// Returns the error, class usage, code "destination.repository". std::nullopt if `destination` is
// anything else, also if it is not valid. `bare`: whether "registry:5000" is a host; it may also be
// an image on a registered Docker Hub.
std::optional<base::Error> missing_repository(const std::string& destination,
                                              BareHost bare = BareHost::not_a_host);

}  // namespace berth::app
