// Cryptography for flavors, so that none carries a library of its own. OpenSSL underneath; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::oci {

// 32 bytes each. FIPS 180-4; RFC 2104.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2; "RS256" of RFC 7518). `pem`: a private RSA key, PKCS#8 or PKCS#1, not
// encrypted. Class validation, code "crypto.key".
base::Result<std::string> sign_rs256(std::string_view pem, std::string_view data);

}  // namespace berth::oci
