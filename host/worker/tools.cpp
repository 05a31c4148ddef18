#include "worker/tools.hpp"

#include <berth/abi.h>

#include <string>

#include "base/base64.hpp"
#include "channel/protocol.hpp"
#include "worker/host_call.hpp"
#include "worker/texts.hpp"

namespace berth::worker {
namespace {

using base::Json;

constexpr std::size_t kMostArguments = 256;

std::string_view view(berth_string text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

// Checks a length. Arguments are rejected, not truncated as strings usually are: a truncated
// argument would be a different request.
bool fits(berth_string bytes, std::size_t limit, const berth_sink* error) {
  if (bytes.size <= limit) return true;
  write(error, "it is longer than " + std::to_string(limit) + " bytes");
  return false;
}

std::string decoded(const Json& body, std::string_view key) {
  return base::base64_decode(body.string_or(key, "")).value_or("");
}

// Sends a request and writes the bytes of the response to `bytes`, or the message to `error`.
std::int32_t ask_for_bytes(void* context, const Json& question, const berth_sink* bytes, const berth_sink* error) {
  const auto answer = HostCall::of(context).ask(question);
  if (answer.status == BERTH_STATUS_OK) write(bytes, decoded(answer.body, "bytes"));
  if (answer.status != BERTH_STATUS_OK) write(error, answer.body.string_or("error", ""));
  return answer.status;
}

std::int32_t get_variable(void* context, berth_string name, const berth_sink* value, const berth_sink* error) noexcept {
  if (!fits(name, channel::kLongestText, error)) return BERTH_STATUS_REFUSED;
  return ask_for_bytes(context, Json::object({{"ask", "env.get"}, {"name", view(name)}}), value, error);
}

std::int32_t read_file(void* context, berth_string path, const berth_sink* bytes, const berth_sink* error) noexcept {
  if (!fits(path, channel::kLongestText, error)) return BERTH_STATUS_REFUSED;
  return ask_for_bytes(context, Json::object({{"ask", "file.read"}, {"path", view(path)}}), bytes, error);
}

std::int32_t run_program(void* context, const berth_string* argv, size_t count, berth_string input,
                         std::int32_t* exit_status, const berth_sink* out, const berth_sink* err,
                         const berth_sink* error) noexcept {
  Json words = Json::array();
  std::size_t size = 0;
  for (size_t i = 0; i < count && i <= kMostArguments && argv != nullptr; ++i) {
    size += argv[i].size;
    if (!fits({nullptr, size}, channel::kMostBytes, error)) return BERTH_STATUS_REFUSED;
    words.push_back(view(argv[i]));
  }
  if (!fits({nullptr, size + input.size}, channel::kMostBytes, error)) return BERTH_STATUS_REFUSED;
  const auto answer = HostCall::of(context).ask(
      Json::object({{"ask", "exec.run"}, {"argv", std::move(words)}, {"input", base::base64_encode(view(input))}}));
  if (answer.status != BERTH_STATUS_OK) {
    write(error, answer.body.string_or("error", ""));
    return answer.status;
  }
  const Json* exit = answer.body.find("exit");
  if (exit_status != nullptr && exit != nullptr) *exit_status = static_cast<std::int32_t>(exit->as_int().value_or(1));
  write(out, decoded(answer.body, "out"));
  write(err, decoded(answer.body, "err"));
  return BERTH_STATUS_OK;
}

std::int32_t compute(void* context, const char* what, berth_string key, berth_string data, const berth_sink* bytes,
                     const berth_sink* error) {
  if (!fits({nullptr, key.size}, channel::kMostBytes, error)) return BERTH_STATUS_REFUSED;
  if (!fits({nullptr, key.size + data.size}, channel::kMostBytes, error)) return BERTH_STATUS_REFUSED;
  return ask_for_bytes(
      context,
      Json::object({{"ask", what}, {"key", base::base64_encode(view(key))}, {"data", base::base64_encode(view(data))}}),
      bytes, error);
}

std::int32_t sha256(void* context, berth_string data, const berth_sink* digest, const berth_sink* error) noexcept {
  return compute(context, "crypto.sha256", {}, data, digest, error);
}

std::int32_t hmac_sha256(void* context, berth_string key, berth_string data, const berth_sink* code,
                         const berth_sink* error) noexcept {
  return compute(context, "crypto.hmac-sha256", key, data, code, error);
}

std::int32_t sign_rs256(void* context, berth_string pem, berth_string data, const berth_sink* signature,
                        const berth_sink* error) noexcept {
  return compute(context, "crypto.sign-rs256", pem, data, signature, error);
}

}  // namespace

const void* find_tool(std::string_view id) {
  static const berth_env_1 env{sizeof(berth_env_1), get_variable};
  static const berth_file_1 file{sizeof(berth_file_1), read_file};
  static const berth_exec_1 exec{sizeof(berth_exec_1), run_program};
  static const berth_crypto_1 crypto{sizeof(berth_crypto_1), sha256, hmac_sha256, sign_rs256};
  if (id == BERTH_ENV_1) return &env;
  if (id == BERTH_FILE_1) return &file;
  if (id == BERTH_EXEC_1) return &exec;
  if (id == BERTH_CRYPTO_1) return &crypto;
  if (id == BERTH_HTTP_1) return http_service();
  return nullptr;
}

}  // namespace berth::worker
