// Internal to testing.hpp: registry/1 and push/1 on a scripted registry.
#pragma once

#include <cstdint>
#include <string>

#include <berth/testing/running_call.hpp>

namespace berth {
namespace testing {
namespace detail {

// Runs `body` unless the call is refused, cancelled, or scripted to fail.
template <typename Body>
std::int32_t with_registry(void* context, const berth_sink* error, Body&& body) noexcept {
  RunningCall& call = RunningCall::of(context);
  const std::int32_t begun = call.begin(error);
  if (begun != BERTH_STATUS_OK) return begun;
  if (const auto& fault = call.script.fault)
    return call.fail(fault->denied ? BERTH_STATUS_DENIED : BERTH_STATUS_FAILED, *fault, error);
  return body(call);
}

inline std::int32_t refuse_side_effects(RunningCall& call, const berth_sink* error) {
  return call.fail(BERTH_STATUS_FAILED,
                   {"check.may-create", "the request may create a repository", "", false}, error);
}

inline std::int32_t probe(void* context, const berth_sink* error) noexcept {
  return with_registry(context, error, [](RunningCall& call) { return call.succeed(); });
}

inline std::int32_t manifest_digest(void* context, berth_string repository, berth_string reference,
                                    const berth_sink* digest, const berth_sink* error) noexcept {
  return with_registry(context, error, [&](RunningCall& call) -> std::int32_t {
    const auto found = call.script.tags.find(copy(repository) + ":" + copy(reference));
    if (found == call.script.tags.end()) return BERTH_STATUS_NOT_FOUND;
    RunningCall::write(digest, found->second);
    return call.succeed();
  });
}

inline std::int32_t blob_size(void* context, berth_string repository, berth_string digest,
                              std::uint64_t* bytes, const berth_sink* error) noexcept {
  return with_registry(context, error, [&](RunningCall& call) -> std::int32_t {
    const auto found = call.script.blobs.find(copy(repository) + "@" + copy(digest));
    if (found == call.script.blobs.end()) return BERTH_STATUS_NOT_FOUND;
    *bytes = found->second;
    return call.succeed();
  });
}

inline std::int32_t granted_actions(void* context, berth_string, berth_string,
                                    std::int32_t has_side_effects, const berth_sink* granted,
                                    const berth_sink* error) noexcept {
  return with_registry(context, error, [&](RunningCall& call) -> std::int32_t {
    if (has_side_effects != 0 && !call.script.side_effects && !call.rights().push)
      return refuse_side_effects(call, error);
    if (!call.script.granted) return BERTH_STATUS_NOT_FOUND;
    RunningCall::write(granted, *call.script.granted);
    return call.succeed();
  });
}

inline std::int32_t check_push_permission(void* context, berth_string, std::int32_t,
                                          const berth_sink* error) noexcept {
  return with_registry(context, error, [&](RunningCall& call) {
    if (!call.script.side_effects && !call.rights().push) return refuse_side_effects(call, error);
    if (const auto& fault = call.script.push_fault)
      return call.fail(BERTH_STATUS_DENIED, *fault, error);
    return call.succeed();
  });
}

// Below "/v2/", only paths below the URI are permitted.
inline bool is_permitted(const std::string& path, const std::string& uri) {
  const std::string plain = path.substr(0, path.find('?'));
  if (plain.empty() || plain[0] != '/' || plain.find("/../") != std::string::npos) return false;
  if (plain.rfind("/v2/", 0) != 0 || plain == "/v2/") return true;
  const std::size_t slash = uri.find('/');
  if (slash == std::string::npos) return true;
  const std::string below = "/v2" + uri.substr(slash);
  return plain == below || plain.rfind(below + "/", 0) == 0;
}

inline std::int32_t request(void* context, berth_string method, berth_string path, berth_string,
                            std::int32_t, std::int32_t* status, const berth_sink* headers,
                            const berth_sink* body, const berth_sink* error) noexcept {
  return with_registry(context, error, [&](RunningCall& call) {
    const std::string line = copy(method) + " " + copy(path);
    call.script.registry_requests.push_back(line);
    if (copy(method) != "GET" && copy(method) != "HEAD")
      return call.fail(BERTH_STATUS_FAILED,
                       {"plugin.question", "only GET and HEAD are allowed", "", false}, error);
    if (!is_permitted(copy(path), call.script.uri))
      return call.fail(BERTH_STATUS_FAILED,
                       {"plugin.question", "it is outside the container registry's URI", "", false},
                       error);
    const RegistryResponse* response = call.script.registry.next(line);
    if (response == nullptr) {
      call.problem("the test scripts no response of the registry to " + line);
      return call.fail(BERTH_STATUS_FAILED, {"net.connect", "not scripted", "", false}, error);
    }
    *status = response->status;
    RunningCall::write(headers, response->headers);
    RunningCall::write(body, response->body);
    return call.succeed();
  });
}

inline std::int32_t side_effects_allowed(void* context) noexcept {
  RunningCall& call = RunningCall::of(context);
  return call.begin(nullptr) == BERTH_STATUS_OK && (call.script.side_effects || call.rights().push)
             ? 1
             : 0;
}

inline std::int32_t account(void* context, const berth_sink* username, const berth_sink* source,
                            const berth_sink* error) noexcept {
  RunningCall& call = RunningCall::of(context);
  const std::int32_t begun = call.begin(error);
  if (begun != BERTH_STATUS_OK) return begun;
  if (!call.script.account) return BERTH_STATUS_NOT_FOUND;
  RunningCall::write(username, call.script.account->username);
  RunningCall::write(source, call.script.account->source);
  return call.succeed();
}

inline std::int32_t push(void* context, const berth_sink* digest,
                         const berth_sink* error) noexcept {
  RunningCall& call = RunningCall::of(context);
  const std::int32_t begun = call.begin(error);
  if (begun != BERTH_STATUS_OK) return begun;
  if (call.result.blocked()) {
    RunningCall::write(error, "a finding of severity error blocks the push");
    return BERTH_STATUS_REFUSED;
  }
  if (++call.pushes > 1) {
    call.problem("it called push() twice");
    return BERTH_STATUS_REFUSED;
  }
  if (const auto& fault = call.script.push_fault)
    return call.fail(fault->denied ? BERTH_STATUS_DENIED : BERTH_STATUS_FAILED, *fault, error);
  call.pushed = call.image_digest;
  RunningCall::write(digest, call.pushed);
  return call.succeed();
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
