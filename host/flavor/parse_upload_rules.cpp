#include "flavor/parse_upload_rules.hpp"

#include <fmt/format.h>

namespace berth::flavor {
namespace {

using base::Json;
using registry::BlobUploadRules;

std::uint64_t bytes(const Json& rules, std::string_view key) {
  const Json* value = rules.find(key);
  return value != nullptr ? value->as_uint().value_or(0) : 0;
}

// Returns why the rules contradict each other or exceed limits; empty if they are valid. Source:
// abi.h, berth_upload_rules.
std::string contradiction(const BlobUploadRules& rules) {
  if (rules.monolithic && (rules.max_chunk_size != 0 || rules.min_chunk_size != 0))
    return "monolithic uploads cannot be combined with chunk sizes";
  if (rules.max_chunk_size != 0 && rules.max_chunk_size < registry::kMinChunk)
    return fmt::format("the largest chunk has {} bytes; at least {} are required", rules.max_chunk_size,
                       registry::kMinChunk);
  if (rules.min_chunk_size > registry::kMaxChunk)
    return fmt::format("the smallest chunk has {} bytes; at most {} are supported", rules.min_chunk_size,
                       registry::kMaxChunk);
  if (rules.max_chunk_size != 0 && rules.min_chunk_size > rules.max_chunk_size)
    return fmt::format("the smallest chunk has {} bytes, the largest {}", rules.min_chunk_size, rules.max_chunk_size);
  return {};
}

}  // namespace

base::Result<BlobUploadRules> parse_upload_rules(const Json& created, const std::string& path) {
  const Json* given = created.find("upload_rules");
  if (given == nullptr) return BlobUploadRules();
  const BlobUploadRules rules{given->is_true("monolithic"), given->is_true("allow_unknown_length"),
                              given->is_true("verify_range"), bytes(*given, "max_chunk_size"),
                              bytes(*given, "min_chunk_size")};
  if (auto cause = contradiction(rules); !cause.empty())
    return base::Error(base::ErrorClass::plugin, "plugin.bad-upload-rules",
                       fmt::format("plugin {} returned contradictory upload rules", path))
        .cause(std::move(cause));
  return rules;
}

}  // namespace berth::flavor
