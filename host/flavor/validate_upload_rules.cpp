#include "flavor/validate_upload_rules.hpp"

#include <fmt/format.h>

namespace berth::flavor {
namespace {

using registry::BlobUploadRules;

// Returns why the rules contradict each other or exceed limits; empty if they are valid. Source:
// abi.h, berth_upload_rules.
std::string contradiction(const BlobUploadRules& rules) {
  if (rules.monolithic && (rules.max_chunk_size != 0 || rules.min_chunk_size != 0))
    return "monolithic uploads cannot be combined with chunk sizes";
  if (rules.max_chunk_size != 0 && rules.max_chunk_size < registry::kMinChunk)
    return fmt::format("the largest chunk has {} bytes; at least {} are required",
                       rules.max_chunk_size, registry::kMinChunk);
  if (rules.min_chunk_size > registry::kMaxChunk)
    return fmt::format("the smallest chunk has {} bytes; at most {} are supported",
                       rules.min_chunk_size, registry::kMaxChunk);
  if (rules.max_chunk_size != 0 && rules.min_chunk_size > rules.max_chunk_size)
    return fmt::format("the smallest chunk has {} bytes, the largest {}", rules.min_chunk_size,
                       rules.max_chunk_size);
  return {};
}

}  // namespace

base::Result<BlobUploadRules> validate_upload_rules(
    const std::optional<channel::UploadRulesResult>& result, const std::string& path) {
  if (!result) return BlobUploadRules();
  const BlobUploadRules rules{result->monolithic, result->allow_unknown_length,
                              result->verify_range, result->max_chunk_size, result->min_chunk_size};
  if (auto cause = contradiction(rules); !cause.empty())
    return base::Error(base::ErrorClass::plugin, "plugin.bad-upload-rules",
                       fmt::format("plugin {} returned contradictory upload rules", path))
        .cause(std::move(cause));
  return rules;
}

void log_upload_rules(const BlobUploadRules& rules, base::Log& log) {
  const auto answer = [](bool value) { return value ? "yes" : "no"; };
  log.write(base::LogLevel::step, "upload-rules",
            {{"monolithic", answer(rules.monolithic)},
             {"allow_unknown_length", answer(rules.allow_unknown_length)},
             {"verify_range", answer(rules.verify_range)},
             {"max_chunk_size", std::to_string(rules.max_chunk_size)},
             {"min_chunk_size", std::to_string(rules.min_chunk_size)}});
}

}  // namespace berth::flavor
