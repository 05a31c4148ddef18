// Reads a tag back after its manifest was sent. What a registry responds to PUT does not prove what it serves.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "push/push.hpp"

namespace berth::push {

struct ReadBack {
  std::optional<oci::Digest> digest;   // under which the destination serves the manifest; std::nullopt if not permitted
  std::optional<base::Error> refusal;  // why reading is not permitted; std::nullopt if it is
};

// Reads `reference` until the destination returns `manifest`, which an eventually consistent registry does some seconds
// after it accepted the manifest; until `limits.total` has passed. HEAD is used first, then GET, which some registries
// support where they refuse HEAD, and which is not answered from a cache of headers.
// A refusal (401, 403, 405 …) of both is a ReadBack, not an Error. Errors: class integrity, "push.vanished" (the
// manifest is not found) and "push.moved" (another digest is returned); network, stall, server, interrupted.
base::Result<ReadBack> read_back(const image::ReadyManifest& manifest, const std::string& reference,
                                 Destination& destination, const VerificationLimits& limits,
                                 const base::Cancellation& cancellation, base::Log& log);

// What `reference` points to: HEAD, or GET where HEAD is refused. std::nullopt if there is no such manifest. An error
// means that it is not known.
base::Result<std::optional<oci::Digest>> look_up(Destination& destination, const std::string& reference);

// Whether `error` means that a request was refused as such, by whatever status, although the registry works.
bool is_refusal(const base::Error& error);

}  // namespace berth::push
