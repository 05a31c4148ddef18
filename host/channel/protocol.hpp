// The words of the talk between berth and berth-flavor-worker, and the descriptors that the worker inherits.
//
// berth sends {"do": …, "call": N}; the worker ends it with {"reply": "ok" | "failed", "call": N, …}, where "failed"
// has code, message and cause, and may have fix. Before that it may send notices
// ({"tell": …}, not answered) and questions ({"ask": …}, each answered by {"status": …, …} before the next).
//   sandbox   →  no_new_privileges, landlock, seccomp, threads: whether a descriptor is attached to the reply, the
//                listener of the seccomp filter. Sent before anything of the plugin runs, so no plugin can forge it.
//   load      →  metadata (base64 of the descriptor's), min_host_minor
//   create    uri, settings: [{key, type, value}]  →  credentials, explanations, expiry: whether it provides them;
//             "failed" with code "flavor.refused" may also have finding, the code that the flavor gives it
//   image     blobs: [{media_type, digest, bytes}], platforms. Parts of the image of the next prepare or push, which
//             may have too many of them for one frame
//   prepare   image, services   |  push  image, services  →  digest
//   credentials  host, repository, refused  →  found, kind, username and secret (base64), expires, from, reason
//   expired   code, words, repository  →  expired
//   destroy
// "credentials" and "expired" may also be sent before a question is answered, one at a time: the worker serves it, and
// then still waits for its answer.
//   tell log text  |  tell report severity code message fix
//   ask cancelled  |  ask registry.probe  |  ask registry.manifest repository reference  →  digest
//   ask registry.blob repository digest  →  bytes  |  ask push  →  digest
//   ask registry.granted repository actions may_create  →  granted  |  ask registry.upload repository may_create
//   ask registry.account  →  username source
//   ask registry.ask method path scope anonymous  →  http_status, head, body (base64)
//   ask env.get name  →  bytes  |  ask file.read path  →  bytes  |  ask exec.run argv input  →  exit out err
//   ask crypto.sha256 data | crypto.hmac-sha256 key data | crypto.sign-rs256 key data  →  bytes
//   ask http.send requests: [{method, url, headers: [[name, value]], body, timeout_ms, repeatable}]
//     →  responses: [{status, headers, body, error}]
//   (key, data, body, input, out, err and bytes from "env" on are base64)
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::channel {

inline constexpr int kChannelFd = 3;
inline constexpr int kPluginFd = 4;  // a sealed copy of the plugin's bytes

// The longest text of a plugin that is kept. abi.h, "Rules".
inline constexpr std::size_t kLongestText = 4096;

// The longest secret of a plugin. abi.h, "credentials/1".
inline constexpr std::size_t kLongestSecret = 65536;

// The most bytes that one question of a plugin may hold. abi.h, "exec/1".
inline constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

inline constexpr std::string_view kServiceRegistry = "registry";
inline constexpr std::string_view kServicePush = "push";

}  // namespace berth::channel
