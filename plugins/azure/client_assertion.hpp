// A client's proof by certificate: a JWT signed with its key.
// Source: Microsoft identity platform, "Application authentication certificate credentials".
#pragma once

#include <string>
#include <string_view>

#include "common/host_api.hpp"

namespace berth::azure {

struct ClientAssertion {
  std::string jwt;
  std::string problem;  // why it is missing
  std::string fix;
};

// `pem`: certificate and RSA key, neither encrypted. `audience`: where the assertion is sent.
ClientAssertion client_assertion(common::HostApi& host_api, std::string_view pem,
                                 const std::string& client_id, const std::string& audience);

}  // namespace berth::azure
