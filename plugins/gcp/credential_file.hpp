// Files of Google's credentials: what each of their five types asks for.
// Source: Google AIP-4112 to 4117; google-auth-library.
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

// The token that a file's text comes to. `place` is the file's name for people, with what named it.
TokenAnswer token_of_file(cloud::Machine& machine, const std::string& text, const std::string& place);

}  // namespace berth::gcp
