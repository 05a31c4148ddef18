// The protocol between berth and berth-flavor-worker, and the descriptors that the worker inherits.
//
// Requests of berth: {"do": METHOD, "call": N, …}. The worker replies with {"reply": "ok" | "failed", "call": N, …};
// "failed" has code, message and cause, and may have fix. The members after → are those of an "ok" reply.
//   sandbox   →  no_new_privileges, landlock, seccomp, threads: whether a descriptor is attached to the reply, the
//                listener of the seccomp filter. The first request; sent before the plugin is loaded, so that the
//                plugin cannot forge the reply
//   load      →  metadata (base64 of the descriptor's), min_host_minor
//   create    uri, settings: [{key, type, value}]  →  credentials, explanations, expiry: whether the flavor supports
//             them; upload_rules, if it has any. "failed" with code "flavor.refused" may also have finding, the
//             flavor's code for the rejection
//   image     blobs: [{media_type, digest, bytes}], platforms. A part of the image of the next prepare or push, for
//             images that are too large for one frame
//   prepare   image, services   |  push  image, services  →  digest
//   credentials  host, repository, username, refused, services
//             →  found, kind, username and secret (base64), expires, from; or found (false), reason
//   expired   code, words (the registry's error message), repository, services  →  expired
//   explain   the members of expired  →  found, cause, fix
//   destroy
// "credentials" and "expired" may also be sent while the worker waits for a response, one at a time; the worker
// replies and continues to wait.
//
// Notifications of the worker, without a response: {"tell": METHOD, …}
//   log text  |  report severity code message fix
// Requests of the worker: {"ask": METHOD, …}. Berth responds with {"status": …, …} before the worker sends the next.
//   cancelled  |  registry.probe  |  registry.manifest repository reference  →  digest
//   registry.blob repository digest  →  bytes  |  push  →  digest
//   registry.granted repository actions may_create  →  granted  |  registry.upload repository may_create
//   registry.may_create  |  registry.account  →  username source
//   registry.ask method path scope anonymous  →  http_status, head, body (base64)
//   env.get name  →  bytes  |  file.read path  →  bytes  |  exec.run argv input  →  exit out err
//   crypto.sha256 data | crypto.hmac-sha256 key data | crypto.sign-rs256 key data  →  bytes
//   http.send requests: [{method, url, headers: [[name, value]], body, timeout_ms, repeatable}]
//     →  responses: [{status, headers, body, error}]
// From env.get on, key, data, body, input, out, err and bytes are base64.
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::channel {

inline constexpr int kChannelFd = 3;
inline constexpr int kPluginFd = 4;  // a sealed copy of the plugin's bytes

// Maximum size of a plugin's string; the rest is truncated. abi.h, "Rules".
inline constexpr std::size_t kLongestText = 4096;

// Maximum size of a plugin's secret. abi.h, "credentials/1".
inline constexpr std::size_t kLongestSecret = 65536;

// Maximum number of bytes in one request of a plugin. abi.h, "exec/1".
inline constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

inline constexpr std::string_view kServiceRegistry = "registry";
inline constexpr std::string_view kServicePush = "push";

}  // namespace berth::channel
