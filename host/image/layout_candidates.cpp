#include "image/layout_candidates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "image/layout_index.hpp"
#include "image/platform_selection.hpp"

namespace berth::image {
namespace {

namespace types = oci::media_type;

constexpr std::size_t kMaxPlatforms = 6;  // shown per index

bool is_image_config(std::string_view type) {
  return type == types::kOciConfig || type == types::kDockerConfig;
}

void describe_index(const oci::Index& index, Candidate& candidate) {
  std::vector<std::string> names;
  for (const auto& entry : index.manifests) {
    if (entry.media_type.starts_with("application/vnd.buildkit.cacheconfig.")) {
      candidate.description = "BuildKit cache";
      return;
    }
    if (!entry.platform || !entry.platform->is_known() || described_image(entry) != nullptr)
      continue;
    candidate.platforms.push_back(*entry.platform);
    if (names.size() < kMaxPlatforms) names.push_back(entry.platform->full_str());
  }
  if (names.size() < candidate.platforms.size()) names.emplace_back("…");
  candidate.description =
      names.empty() ? "index" : fmt::format("index of {}", fmt::join(names, ", "));
}

void describe_manifest(DocumentReader& reader, const oci::Descriptor& entry,
                       const oci::Manifest& manifest, Candidate& candidate) {
  std::string artifact_type =
      manifest.artifact_type.empty() ? entry.artifact_type : manifest.artifact_type;
  if (artifact_type.empty() && manifest.config && !is_image_config(manifest.config->media_type))
    artifact_type = manifest.config->media_type;
  if (!artifact_type.empty()) candidate.description = "artifact of type " + artifact_type;
  if (manifest.subject) {
    candidate.is_image = false;
    candidate.description += (candidate.description.empty() ? "refers to " : ", refers to ") +
                             manifest.subject->digest.brief();
  }
  auto platform = entry.platform;
  if (!platform || !platform->is_known()) {
    auto read = reader.config_platform(manifest);
    if (read) platform = std::move(*read);
  }
  if (!platform || !platform->is_known()) return;
  candidate.platforms.push_back(*platform);
  if (candidate.description.empty()) candidate.description = platform->full_str();
}

}  // namespace

std::vector<Candidate> layout_candidates(const std::vector<LayoutEntry>& entries) {
  std::vector<Candidate> candidates;
  for (const auto& [name, descriptor] : entries) {
    Candidate candidate{descriptor.digest.str(), {}};
    if (const auto* full = descriptor.annotation(kContainerdName)) candidate.names.push_back(*full);
    if (!name.empty() && std::ranges::find(candidate.names, name) == candidate.names.end())
      candidate.names.push_back(name);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

void describe_entry(ImageDocuments& documents, PlatformCache& platforms,
                    const oci::Descriptor& entry, Candidate& candidate) {
  if (const auto* image = described_image(entry)) {
    candidate.is_image = false;
    candidate.description = "attestation of " + image->substr(0, image->find(':') + 13) + "…";
    return;
  }
  const bool known = types::is_index(entry.media_type) || types::is_manifest(entry.media_type);
  if (!known && !entry.media_type.empty()) {
    candidate.is_image = false;
    candidate.description = types::is_schema1(entry.media_type)
                                ? "Docker schema 1"
                                : "blob of type " + entry.media_type;
    return;
  }
  DocumentReader reader(documents, platforms);
  const auto document = reader.read(entry);
  if (!document) {
    candidate.description = "cannot be read: " + document.error().message();
    return;
  }
  if (const auto* index = std::get_if<oci::Index>(&*document))
    return describe_index(*index, candidate);
  describe_manifest(reader, entry, std::get<oci::Manifest>(*document), candidate);
}

bool is_image_index(const std::vector<Candidate>& candidates) {
  std::set<std::string> platforms;
  std::set<std::string> images;
  for (const auto& candidate : candidates) {
    if (!candidate.names.empty()) return false;
    if (!candidate.is_image || !images.insert(candidate.identity).second) continue;
    if (candidate.platforms.size() != 1 ||
        !platforms.insert(candidate.platforms.front().full_str()).second)
      return false;
  }
  return platforms.size() > 1;
}

}  // namespace berth::image
