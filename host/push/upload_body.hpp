// How the bytes of a blob get into an open upload session, as the registry's rules have it.
#pragma once

#include <cstdint>
#include <string_view>

#include "registry/session.hpp"
#include "registry/upload_rules.hpp"

namespace berth::push {

// A blob of known size goes in the request that closes its session up to this many bytes.
std::uint64_t most_in_closing_request(const registry::UploadRules& rules);

// Sends all of `source`: as one stream, or in chunks. Class integrity, code "push.blob-range": the registry's word is
// to be trusted, and it has other bytes than were sent.
base::Result<void> upload_body(registry::Session& session, std::string_view repository, registry::Upload& upload,
                               http::BodySource& source, const registry::UploadRules& rules);

}  // namespace berth::push
