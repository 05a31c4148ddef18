// Cryptography for flavors, so that none carries a library of its own. OpenSSL underneath; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::oci {

// 32 bytes each. FIPS 180-4; RFC 2104.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2; "RS256" of RFC 7518). `pem`: a private RSA key of 2,048 to 8,192 bits
// with two primes, PKCS#8 or PKCS#1, not encrypted. The sizes are checked before any arithmetic, so that a key cannot
// make it take longer than some 50 ms. Class validation, code "crypto.key".
base::Result<std::string> sign_rs256(std::string_view pem, std::string_view data);

}  // namespace berth::oci
