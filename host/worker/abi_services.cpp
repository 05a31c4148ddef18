#include "worker/abi_services.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <initializer_list>
#include <string>

#include "channel/registry_calls.hpp"
#include "channel/service_calls.hpp"
#include "worker/abi_http.hpp"
#include "worker/abi_strings.hpp"
#include "worker/host_call.hpp"

namespace berth::worker {
namespace {

// The strings from which a request is built.
using Inputs = std::initializer_list<berth_string>;

// Sends a request of the call `Call` and passes its response to `take`.
template <class Call, class Take>
std::int32_t request(void* context, Inputs inputs, const typename Call::Request& request,
                     const berth_sink* error, Take take) {
  HostCall& host = HostCall::of(context);
  if (!std::all_of(inputs.begin(), inputs.end(), is_readable))
    return host.refuse("a string is NULL but has a size", error);
  return host.request<Call>(request, error, take);
}

constexpr auto kIgnore = [](const auto&) {};

// Writes the bytes of a response to `sink`.
auto write_bytes(const berth_sink* sink) {
  return [sink](const channel::Bytes& response) { write(sink, response.bytes); };
}

std::int32_t probe(void* context, const berth_sink* error) noexcept {
  return request<channel::ProbeRegistry>(context, {}, {}, error, kIgnore);
}

std::int32_t manifest_digest(void* context, berth_string repository, berth_string reference,
                             const berth_sink* digest, const berth_sink* error) noexcept {
  return request<channel::ManifestDigest>(
      context, {repository, reference}, {copy_argument(repository), copy_argument(reference)},
      error, [&](const auto& response) { write(digest, response.digest); });
}

std::int32_t blob_size(void* context, berth_string repository, berth_string digest,
                       std::uint64_t* bytes, const berth_sink* error) noexcept {
  return request<channel::BlobSize>(context, {repository, digest},
                                    {copy_argument(repository), copy_argument(digest)}, error,
                                    [&](const auto& response) {
                                      if (bytes != nullptr) *bytes = response.bytes;
                                    });
}

std::int32_t granted_actions(void* context, berth_string repository, berth_string actions,
                             std::int32_t has_side_effects, const berth_sink* granted,
                             const berth_sink* error) noexcept {
  return request<channel::GrantedActions>(
      context, {repository, actions},
      {copy_argument(repository), copy_argument(actions), has_side_effects != 0}, error,
      [&](const auto& response) { write(granted, response.actions); });
}

std::int32_t check_push_permission(void* context, berth_string repository,
                                   std::int32_t has_side_effects,
                                   const berth_sink* error) noexcept {
  return request<channel::CheckPushPermission>(
      context, {repository}, {copy_argument(repository), has_side_effects != 0}, error, kIgnore);
}

std::int32_t send_to_registry(void* context, berth_string method, berth_string path,
                              berth_string scope, std::int32_t unauthenticated,
                              std::int32_t* status, const berth_sink* headers,
                              const berth_sink* body, const berth_sink* error) noexcept {
  return request<channel::SendToRegistry>(
      context, {method, path, scope},
      {copy_argument(method), copy_argument(path), copy_argument(scope), unauthenticated != 0},
      error, [&](const auto& response) {
        if (status != nullptr) *status = response.status;
        write(headers, response.headers);
        write(body, response.body);
      });
}

std::int32_t side_effects_allowed(void* context) noexcept {
  std::int32_t allowed = 0;
  request<channel::SideEffectsAllowed>(
      context, {}, {}, nullptr, [&](const auto& response) { allowed = response.allowed ? 1 : 0; });
  return allowed;
}

std::int32_t account(void* context, const berth_sink* username, const berth_sink* source,
                     const berth_sink* error) noexcept {
  return request<channel::GetAccount>(context, {}, {}, error, [&](const auto& response) {
    write(username, response.username);
    write(source, response.source);
  });
}

std::int32_t push(void* context, const berth_sink* digest, const berth_sink* error) noexcept {
  return request<channel::ExecutePush>(
      context, {}, {}, error, [&](const auto& response) { write(digest, response.digest); });
}

std::int32_t get_variable(void* context, berth_string name, const berth_sink* value,
                          const berth_sink* error) noexcept {
  return request<channel::GetVariable>(context, {name}, {copy_argument(name)}, error,
                                       write_bytes(value));
}

std::int32_t read_file(void* context, berth_string path, const berth_sink* bytes,
                       const berth_sink* error) noexcept {
  return request<channel::ReadFile>(context, {path}, {copy_argument(path)}, error,
                                    write_bytes(bytes));
}

std::int32_t run_program(void* context, const berth_string* argv, size_t count, berth_string input,
                         std::int32_t* exit_status, const berth_sink* out, const berth_sink* err,
                         const berth_sink* error) noexcept {
  if (count > 0 && argv == nullptr)
    return HostCall::of(context).refuse("the arguments are NULL", error);
  channel::RunProgram::Request program{{}, copy_argument(input)};
  std::size_t size = program.input.size();
  // Stops after the first argument that is over the limit.
  for (size_t i = 0; i < count && i <= channel::kMaxArguments && size <= channel::kMaxBytes; ++i) {
    if (!is_readable(argv[i]))
      return HostCall::of(context).refuse("an argument is NULL but has a size", error);
    size += program.argv.emplace_back(copy_argument(argv[i])).size();
  }
  return request<channel::RunProgram>(context, {input}, program, error, [&](const auto& response) {
    if (exit_status != nullptr) *exit_status = response.exit_status;
    write(out, response.out);
    write(err, response.err);
  });
}

std::int32_t sha256(void* context, berth_string data, const berth_sink* digest,
                    const berth_sink* error) noexcept {
  return request<channel::Sha256>(context, {data}, {copy_argument(data)}, error,
                                  write_bytes(digest));
}

std::int32_t hmac_sha256(void* context, berth_string key, berth_string data, const berth_sink* code,
                         const berth_sink* error) noexcept {
  return request<channel::HmacSha256>(context, {key, data},
                                      {base::Secret(copy_argument(key)), copy_argument(data)},
                                      error, write_bytes(code));
}

std::int32_t sign_rs256(void* context, berth_string pem, berth_string data,
                        const berth_sink* signature, const berth_sink* error) noexcept {
  return request<channel::SignRs256>(context, {pem, data},
                                     {base::Secret(copy_argument(pem)), copy_argument(data)}, error,
                                     write_bytes(signature));
}

constexpr berth_registry_1 kRegistry{sizeof(berth_registry_1),
                                     probe,
                                     manifest_digest,
                                     blob_size,
                                     granted_actions,
                                     check_push_permission,
                                     send_to_registry,
                                     side_effects_allowed,
                                     account};
constexpr berth_push_1 kPush{sizeof(berth_push_1), push};
constexpr berth_env_1 kEnv{sizeof(berth_env_1), get_variable};
constexpr berth_file_1 kFile{sizeof(berth_file_1), read_file};
constexpr berth_exec_1 kExec{sizeof(berth_exec_1), run_program};
constexpr berth_http_1 kHttp{sizeof(berth_http_1), send_http};
constexpr berth_crypto_1 kCrypto{sizeof(berth_crypto_1), sha256, hmac_sha256, sign_rs256};

struct Service {
  std::string_view id;
  const void* table;
};
constexpr Service kServices[] = {{BERTH_REGISTRY_1, &kRegistry}, {BERTH_PUSH_1, &kPush},
                                 {BERTH_ENV_1, &kEnv},           {BERTH_FILE_1, &kFile},
                                 {BERTH_EXEC_1, &kExec},         {BERTH_HTTP_1, &kHttp},
                                 {BERTH_CRYPTO_1, &kCrypto}};

}  // namespace

const void* find_service(std::string_view id) {
  for (const auto& service : kServices)
    if (service.id == id) return service.table;
  return nullptr;
}

}  // namespace berth::worker
