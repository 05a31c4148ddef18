// Cryptographic functions for flavors, so that they do not need their own library. Uses OpenSSL;
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::oci {

// Return 32 bytes. FIPS 180-4; RFC 2104.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);

// Signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 8017, 8.2; "RS256" of RFC 7518). `pem`: an
// unencrypted RSA private key of 2,048 to 8,192 bits with two primes, PKCS#8 or PKCS#1. The sizes
// are checked before any arithmetic, which limits the time to about 50 ms for any key. Class
// validation, code "crypto.key".
base::Result<std::string> sign_rs256(std::string_view pem, std::string_view data);

}  // namespace berth::oci
