// Reads a tag back after its manifest was sent: the response to PUT does not show what the registry
// serves.
#pragma once

#include <optional>
#include <string>

#include "push/destination.hpp"
#include "push/push_context.hpp"

namespace berth::push {

struct ReadBack {
  std::optional<oci::Digest>
      digest;  // that the destination returned; std::nullopt if reading is not permitted
  std::optional<base::Error>
      refusal;  // why reading is not permitted; std::nullopt if it is permitted
};

// Reads `reference` until the destination returns `manifest`, at most for
// VerificationLimits::total: an eventually consistent registry takes seconds after it accepted the
// manifest. Uses HEAD, then GET: some registries refuse HEAD, and GET is not answered from a cache
// of headers. If both are refused (401, 403, 405 …), the result is a ReadBack with `refusal`, not
// an error. Errors: class integrity, "push.vanished" (the manifest is not found) and "push.moved"
// (another digest is returned); network, stall, server, interrupted.
base::Result<ReadBack> read_back(const image::ReadyManifest& manifest, const std::string& reference,
                                 const PushContext& context);

// Returns the digest that `reference` points to, with HEAD, or GET if HEAD is refused. std::nullopt
// if the manifest does not exist. An error means that it is not known.
base::Result<std::optional<oci::Digest>> look_up(Destination& destination,
                                                 const std::string& reference);

// Returns whether `error` is a refusal of this request, with whatever status, by a working
// registry.
bool is_refusal(const base::Error& error);

}  // namespace berth::push
