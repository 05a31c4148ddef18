// Internal to testing.hpp: crypto/1, and the tables of all services.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <berth/testing/fake_services.hpp>

namespace berth {
namespace testing {
namespace detail {

inline std::int32_t crypto_sha256(void* context, berth_string data, const berth_sink* digest,
                                  const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    if (data.size > kMaxBytes) return over_limit(call, "input is at most 1 MiB", error);
    RunningCall::write(digest, sha256(copy(data)));
    return call.succeed();
  });
}

inline std::int32_t crypto_hmac(void* context, berth_string key, berth_string data,
                                const berth_sink* code, const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    if (key.size + data.size > kMaxBytes) return over_limit(call, "input is at most 1 MiB", error);
    RunningCall::write(code, hmac_sha256(copy(key), copy(data)));
    return call.succeed();
  });
}

// Signatures are scripted: the test kit has no library for them.
inline std::int32_t crypto_sign(void* context, berth_string, berth_string data,
                                const berth_sink* signature, const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    const auto found = call.script.signatures.find(copy(data));
    if (found == call.script.signatures.end()) {
      call.problem("the test scripts no signature for " + copy(data));
      return call.fail(BERTH_STATUS_FAILED, {"crypto.key", "not scripted", "", false}, error);
    }
    RunningCall::write(signature, found->second);
    return call.succeed();
  });
}

inline const void* find_service(std::string_view id) {
  static constexpr berth_registry_1 kRegistry{
      sizeof(berth_registry_1), &probe,   &manifest_digest,      &blob_size, &granted_actions,
      &check_push_permission,   &request, &side_effects_allowed, &account};
  static constexpr berth_push_1 kPush{sizeof(berth_push_1), &push};
  static constexpr berth_env_1 kEnv{sizeof(berth_env_1), &get_variable};
  static constexpr berth_file_1 kFile{sizeof(berth_file_1), &read_file};
  static constexpr berth_exec_1 kExec{sizeof(berth_exec_1), &run_program};
  static constexpr berth_http_1 kHttp{sizeof(berth_http_1), &send_http};
  static constexpr berth_crypto_1 kCrypto{sizeof(berth_crypto_1), &crypto_sha256, &crypto_hmac,
                                          &crypto_sign};
  if (id == BERTH_REGISTRY_1) return &kRegistry;
  if (id == BERTH_PUSH_1) return &kPush;
  if (id == BERTH_ENV_1) return &kEnv;
  if (id == BERTH_FILE_1) return &kFile;
  if (id == BERTH_EXEC_1) return &kExec;
  if (id == BERTH_HTTP_1) return &kHttp;
  return id == BERTH_CRYPTO_1 ? &kCrypto : nullptr;
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
