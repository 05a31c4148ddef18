// Files of Google's credentials, of any of their five types.
// Source: Google AIP-4112 to 4117; google-auth-library.
#pragma once

#include <string>

#include "gcp/token_exchange.hpp"

namespace berth::gcp {

struct CredentialFile {
  std::string name;  // for people: the path, and what named it
  std::string fix;   // what replaces a file that cannot be used
};

// Exchanges the credentials in `text`, the file's content, for an access token.
TokenAnswer token_of_file(common::HostApi& host_api, const std::string& text,
                          const CredentialFile& file);

}  // namespace berth::gcp
