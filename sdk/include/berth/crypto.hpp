// Cryptography of the host, so that a flavor carries none: what signatures of requests and of tokens need. Results are
// raw bytes. A Failure for more than 1 MiB, and for a key that cannot sign. Facts of the boundary: abi.h, "crypto/1".
#pragma once

#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/tool.hpp>

namespace berth {

inline std::string sha256(const Call& call, const std::string& data) {
  const detail::Tool<berth_crypto_1> tool(call, BERTH_CRYPTO_1);
  const detail::Text digest;
  const detail::Text why;
  detail::expect_ok(tool->sha256(tool.context(), detail::view(data), digest.sink(), why.sink()), why);
  return digest.str();
}

inline std::string hmac_sha256(const Call& call, const std::string& key, const std::string& data) {
  const detail::Tool<berth_crypto_1> tool(call, BERTH_CRYPTO_1);
  const detail::Text code;
  const detail::Text why;
  detail::expect_ok(tool->hmac_sha256(tool.context(), detail::view(key), detail::view(data), code.sink(), why.sink()),
                    why);
  return code.str();
}

// "RS256" of JSON Web Tokens. `pem`: a private RSA key, PKCS#8 or PKCS#1, not encrypted.
inline std::string sign_rs256(const Call& call, const std::string& pem, const std::string& data) {
  const detail::Tool<berth_crypto_1> tool(call, BERTH_CRYPTO_1);
  const detail::Text signature;
  const detail::Text why;
  detail::expect_ok(
      tool->sign_rs256(tool.context(), detail::view(pem), detail::view(data), signature.sink(), why.sink()), why);
  return signature.str();
}

}  // namespace berth
