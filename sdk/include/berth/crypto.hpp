// Cryptography of the host, for signatures of requests and tokens; plugins need no library for it.
// Input is at most 1 MiB, results are raw bytes. Throws Failure for more, and for a key that cannot
// sign. Needs no permission. ABI: abi.h, "crypto/1".
#pragma once

#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/detail/service.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

inline std::string sha256(const CallContext& call, const std::string& data) {
  const detail::Service<berth_crypto_1> service(call, BERTH_CRYPTO_1);
  const detail::StringSink digest;
  const detail::StringSink error;
  service.expect_ok(
      service->sha256(service.context(), detail::view(data), digest.sink(), error.sink()), error);
  return digest.str();
}

inline std::string hmac_sha256(const CallContext& call, const std::string& key,
                               const std::string& data) {
  const detail::Service<berth_crypto_1> service(call, BERTH_CRYPTO_1);
  const detail::StringSink code;
  const detail::StringSink error;
  service.expect_ok(service->hmac_sha256(service.context(), detail::view(key), detail::view(data),
                                         code.sink(), error.sink()),
                    error);
  return code.str();
}

// Signs with RSASSA-PKCS1-v1_5 and SHA-256, "RS256" of JSON Web Tokens. `pem`: an unencrypted RSA
// private key, PKCS#8 or PKCS#1.
inline std::string sign_rs256(const CallContext& call, const std::string& pem,
                              const std::string& data) {
  const detail::Service<berth_crypto_1> service(call, BERTH_CRYPTO_1);
  const detail::StringSink signature;
  const detail::StringSink error;
  service.expect_ok(service->sign_rs256(service.context(), detail::view(pem), detail::view(data),
                                        signature.sink(), error.sink()),
                    error);
  return signature.str();
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
