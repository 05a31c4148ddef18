#include "push/upload_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

namespace berth::push {
namespace {

// Large enough that the round trips hardly count, where the registry would take more.
constexpr std::uint64_t kUsualChunk = std::uint64_t{8} << 20U;

std::size_t chunk_size(const registry::UploadRules& rules, std::uint64_t registry_smallest) {
  const auto wanted = std::max({kUsualChunk, rules.smallest_chunk, registry_smallest});
  return std::min({wanted, rules.largest_chunk, registry::kMostChunk});
}

// The next `size` bytes; fewer at the end.
base::Result<std::string> next_chunk(http::BodySource& source, std::size_t size) {
  std::string chunk(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    BERTH_TRY(const auto count, source.read(std::as_writable_bytes(std::span(chunk)).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  chunk.resize(filled);
  return chunk;
}

base::Result<void> check_range(const registry::Session& session, const registry::Upload& upload,
                               const registry::UploadRules& rules) {
  if (!rules.range_trusted || upload.confirmed == upload.offset) return {};
  return base::Error(base::ErrorClass::integrity, "push.blob-range",
                     fmt::format("{} has other bytes than were sent", session.host()))
      .cause(upload.confirmed ? fmt::format("{} bytes were sent, its Range says {}", upload.offset, *upload.confirmed)
                              : fmt::format("{} bytes were sent, and it sends no Range", upload.offset));
}

}  // namespace

std::uint64_t most_in_closing_request(const registry::UploadRules& rules) {
  if (rules.in_chunks()) return std::min(registry::kSmallBlob, rules.largest_chunk);
  return rules.unknown_length ? registry::kSmallBlob : std::numeric_limits<std::uint64_t>::max();
}

base::Result<void> upload_body(registry::Session& session, std::string_view repository, registry::Upload& upload,
                               http::BodySource& source, const registry::UploadRules& rules) {
  if (!rules.in_chunks()) {
    BERTH_CHECK(session.patch_upload(repository, upload, source));
    return check_range(session, upload, rules);
  }
  const auto size = chunk_size(rules, upload.smallest_chunk);
  while (true) {
    BERTH_TRY(auto chunk, next_chunk(source, size));
    if (chunk.empty()) return {};
    BERTH_CHECK(session.patch_chunk(repository, upload, std::move(chunk)));
    BERTH_CHECK(check_range(session, upload, rules));
  }
}

}  // namespace berth::push
